import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { systemSchema } from './openapi-schema.ts'
import { sendProblem } from './problems.ts'

const SUMMARY = 'Forgets a machine, in this layer; whoever waits for it is told, and its name is free again'

export const Deleted = Type.Object({
  machine: Type.String(),
  existed: Type.Boolean({ description: 'false: there was none of this name' })
})

/** `DELETE /v1/machines/:machine`. A repeat is answered as well. */
export function deleteMachineRoute(app: FastifyInstance, engine: Engine): void {
  const schema = { ...systemSchema(SUMMARY), response: { 200: Deleted } }
  app.delete<{ Params: { machine: string } }>('/v1/machines/:machine', { schema }, (request, reply) => {
    const { machine } = request.params
    engine.delete(machine, (existed) => {
      if (typeof existed !== 'boolean') return void sendProblem(request, reply, existed)
      void reply.send({ machine, existed })
    })
    return reply
  })
}

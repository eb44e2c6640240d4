import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { named } from '../contracts/common.ts'
import { MachineParameter } from './describing/message-operation.ts'
import { json, operation } from './describing/operation.ts'
import { sendProblem } from './problems.ts'

const SUMMARY = 'Forgets a machine, in this layer; whoever waits for it is told, and its name is free again'

export const Deleted = named('MachineDeleted', {
  machine: Type.String(),
  existed: Type.Boolean({ description: 'false: there was none of this name' })
})
const SCHEMA = operation({
  id: 'deleteMachine',
  summary: SUMMARY,
  tags: ['service'],
  params: Type.Object({ machine: MachineParameter }),
  answers: { 200: json(Deleted, 'It is no longer there') },
  refuses: ['storage-full', 'storage-failed']
})

/** `DELETE /v1/machines/:machine`. A repeat is answered as well. */
export function deleteMachineRoute(app: FastifyInstance, engine: Engine): void {
  app.delete<{ Params: { machine: string } }>('/v1/machines/:machine', { schema: SCHEMA }, (request, reply) => {
    const { machine } = request.params
    engine.delete(machine, (existed) => {
      if (typeof existed !== 'boolean') return void sendProblem(request, reply, existed)
      void reply.send({ machine, existed })
    })
    return reply
  })
}

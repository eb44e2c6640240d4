import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const RULES = new URL('../../docs/fidelity.json', import.meta.url)
const MATRIX = new URL('../../docs/matrix.json', import.meta.url)

/** `GET /docs/fidelity.json`: what each rule does, its source and how far it follows that, by the names in journals. */
export function rulesRoute(app: FastifyInstance): void {
  app.get('/docs/fidelity.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await readFile(RULES, 'utf8'))
  )
}

/** `GET /docs/matrix.json`: how each scenario ends with each VMM and policy, as `seabus matrix --write` has found. */
export function matrixRoute(app: FastifyInstance): void {
  app.get('/docs/matrix.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await readFile(MATRIX, 'utf8'))
  )
}

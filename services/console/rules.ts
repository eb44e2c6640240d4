import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const RULES = new URL('../../docs/fidelity.json', import.meta.url)

/** `GET /docs/fidelity.json`: what each rule does, its source and how far it follows that, by the names in journals. */
export function rulesRoute(app: FastifyInstance): void {
  app.get('/docs/fidelity.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await readFile(RULES, 'utf8'))
  )
}

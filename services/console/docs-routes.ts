import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

/**
 * What each rule does, its source and how far it follows that, by the names in journals; and how each scenario ends with
 * each VMM and policy, as `seabus matrix --write` has found.
 */
const FILES = ['fidelity.json', 'matrix.json']

/** `GET /docs/fidelity.json` and `GET /docs/matrix.json`: what the page shows beside a run. */
export function docsRoutes(app: FastifyInstance): void {
  for (const file of FILES) {
    const path = new URL(`../../docs/${file}`, import.meta.url)
    app.get(`/docs/${file}`, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(await readFile(path, 'utf8'))
    )
  }
}

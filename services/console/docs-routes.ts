import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { json, operation } from '../../shared/service/describing/operation.ts'

/**
 * What each rule does, its source and how far it follows that, by the names in journals; and how each scenario ends with
 * each VMM and policy, as `seabus matrix --write` has found.
 */
const FILES = [
  { file: 'fidelity.json', id: 'getFidelity', summary: 'What each rule does, its source, and how far it follows that' },
  { file: 'matrix.json', id: 'getMatrix', summary: 'How each scenario ends with each VMM and policy' }
] as const
const ANY = { type: 'object', additionalProperties: true } as const

/** `GET /docs/fidelity.json` and `GET /docs/matrix.json`: what the page shows beside a run. */
export function docsRoutes(app: FastifyInstance): void {
  for (const { file, id, summary } of FILES) {
    const path = new URL(`../../docs/${file}`, import.meta.url)
    const schema = operation({ id, summary, tags: ['console'], answers: { 200: json(ANY, summary) } })
    app.get(`/docs/${file}`, { schema }, async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(await readFile(path, 'utf8'))
    )
  }
}

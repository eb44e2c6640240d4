import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { closed } from '../../shared/contracts/common.ts'
import { readJournals } from '../../shared/machine-room/read-journals.ts'
import { Problem } from '../../shared/service/openapi-schema.ts'
import { ordered } from '../../shared/trace/entry.ts'
import { mergeJournals } from '../../shared/trace/merge-journals.ts'
import type { LayerUrls } from './layer-urls.ts'
import { followJournals } from './follow-journals.ts'
import { MachineName, queryReader } from './requests.ts'

const JournalQuery = closed({
  machine: Type.Optional(MachineName),
  follow: Type.Optional(Type.Boolean({ description: 'wait for more, for ever' }))
})

/** `GET /v1/journal`: the journals of all services as one, once or as they grow. */
export function journalRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const schema = {
    summary: 'The journals of all services as one, in causal order (NDJSON)',
    tags: ['console'],
    querystring: JournalQuery,
    response: { '4xx': Problem }
  }
  const read = queryReader(JournalQuery)
  const urls = Object.values(layers)
  app.get<{ Querystring: Record<string, string> }>('/v1/journal', { schema }, async (request, reply) => {
    const { machine, follow } = read(request.query)
    reply.type('application/x-ndjson; charset=utf-8')
    if (follow === true) return reply.send(followJournals(urls, machine, fetch))
    const entries = ordered(mergeJournals(await readJournals(urls, { machine, fetch })))
    return reply.send(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  })
}

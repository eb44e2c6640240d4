import type { FastifyInstance } from 'fastify'
import { journalQueryReader, MergedQuery } from '../../shared/service/journal-query.ts'
import { linesRoute } from '../../shared/service/lines-route.ts'
import { journalOperation } from '../../shared/service/describing/lines-operation.ts'
import type { JournalFilter } from '../../shared/trace/journal-filter.ts'
import { placeOf } from './cursor.ts'
import type { LayerUrls } from './layer-urls.ts'
import { followMerged, readMerged, type MergedReading } from './read-merged.ts'

interface Query extends Omit<MergedReading, 'isText'> {
  readonly follow: boolean
}

/** `GET /v1/journal`: the journals of all services as one, once or as they grow, and the same over a WebSocket. */
export function journalRoute(
  app: FastifyInstance,
  layers: LayerUrls,
  fetch: typeof globalThis.fetch,
  readers: number
): void {
  const readQuery = journalQueryReader(MergedQuery)
  const journals = Object.keys(layers).length
  linesRoute<Query>(app, {
    url: '/v1/journal',
    readers,
    schema: journalOperation({
      id: 'readJournal',
      summary: 'The journals of all services as one, in causal order',
      tags: ['console'],
      querystring: MergedQuery,
      refuses: ['neighbour-unreachable', 'neighbour-refused']
    }),
    read(query) {
      const { after, follow = false, limit, ...filter } = readQuery(query as Record<string, string>)
      return { filter: filter as JournalFilter, limit, follow, from: placeOf(after, journals) }
    },
    open: ({ follow, ...reading }, isText) =>
      follow ? followMerged(layers, { ...reading, isText }, fetch) : readMerged(layers, { ...reading, isText }, fetch)
  })
}

import type { FastifyInstance } from 'fastify'
import type { Clock } from '../engine/clock.ts'
import type { Journal } from '../engine/journal.ts'
import { wireEntryOf } from '../trace/entry.ts'
import { textLine } from '../trace/journal-text.ts'
import { HEADER } from '../transport/headers.ts'
import { JournalQuery, journalQueryReader } from './journal-query.ts'
import { journalStream, type StreamOptions } from './journal-stream.ts'
import { linesRoute } from './lines-route.ts'
import { journalOperation } from './describing/lines-operation.ts'

/** `GET /v1/journal` of a service, and the same over a WebSocket. */
export function journalRoute(app: FastifyInstance, journal: Journal, clock: Clock, readers: number): void {
  const read = journalQueryReader(JournalQuery)
  linesRoute<StreamOptions>(app, {
    url: '/v1/journal',
    readers,
    schema: journalOperation({
      id: 'readJournal',
      summary: 'The journal, or what a filter takes of it',
      tags: ['service'],
      querystring: JournalQuery
    }),
    read: (query) => read(query as Record<string, string>) as StreamOptions,
    open(query, isText, reply) {
      void reply?.header(HEADER.epoch, clock.epochMs).header(HEADER.journal, journal.last)
      return journalStream(journal, query, isText ? (entry) => textLine(wireEntryOf(entry)) : undefined)
    }
  })
}

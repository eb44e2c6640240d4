import type { TObject, TSchema } from 'typebox'
import { JournalEntry } from '../../contracts/reads/journal.ts'
import { ofType, operation, TEXT_SCHEMA, type Operation } from './operation.ts'

/** A journal: NDJSON by itself, lines for people when asked for text, a frame a line over a WebSocket. */
export function journalOperation(
  journal: Pick<Operation, 'id' | 'summary' | 'tags' | 'refuses'> & {
    readonly querystring: TSchema
    readonly params?: TObject
  }
) {
  const lines = { type: 'string', contentMediaType: 'application/x-ndjson', contentSchema: JournalEntry }
  const ok = ofType('application/x-ndjson', lines, 'Entries, in order; as NDJSON one a line')
  const { refuses = [], ...rest } = journal
  return operation({
    ...rest,
    description:
      'NDJSON, an entry a line; with `accept: text/plain` the lines of the story for people; as a WebSocket one line a frame, as /asyncapi.json describes it.',
    answers: { 200: { ...ok, content: { ...ok.content, 'text/plain': { schema: TEXT_SCHEMA } } } },
    refuses: [...refuses, 'field-missing', 'too-many']
  })
}

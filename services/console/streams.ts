import { journalChannel } from '../../shared/service/describing/journal-channel.ts'
import { MergedQuery } from '../../shared/service/journal-query.ts'
import { RunJournalQuery } from './runs/journal-route.ts'

/** The WebSockets of the console, for `/asyncapi.json`. */
export const STREAMS = {
  description: 'The journals of all services as one, and those of runs',
  channels: {
    journal: journalChannel({
      address: '/v1/journal',
      title: 'Merged journal',
      query: MergedQuery,
      id: 'sendMergedJournal'
    }),
    runJournal: journalChannel({
      address: '/v1/runs/{id}/journal',
      title: 'Journal of a run',
      parameters: { id: { description: 'of the run' } },
      query: RunJournalQuery,
      id: 'sendRunJournal'
    })
  }
} as const

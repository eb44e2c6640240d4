import { JournalEntry } from '../../contracts/reads/journal.ts'
import type { Channel } from './async-document.ts'

/** A journal that is read over a WebSocket: `journalOperation` says the same of it over HTTP. */
export function journalChannel(
  journal: Pick<Channel, 'address' | 'title' | 'query' | 'parameters'> & {
    /** Of the operation: `sendJournal`. */
    readonly id: string
  }
): Channel {
  const { id, ...rest } = journal
  return {
    ...rest,
    description:
      'Each entry is a message. Nothing is read here: whoever sends something is cut off with 1003. It closes with 1000 when the entries end, 1001 when the service does, and 1011, with the code of a problem as its reason, when it cannot go on. With accept: text/plain each message is a line for people.',
    messages: { entry: { summary: 'An entry of the journal', payload: JournalEntry } },
    operations: { [id]: { action: 'send', summary: 'The entries in order', messages: ['entry'] } }
  }
}

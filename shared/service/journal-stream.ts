import { Readable } from 'node:stream'
import { plainText } from '../contracts/plain-text.ts'
import type { Journal } from '../engine/journal.ts'
import type { Reading } from '../engine/journal-reading.ts'
import type { Entry } from '../trace/entry.ts'

export interface StreamOptions extends Reading {
  /** Wait for more, for ever. */
  readonly follow?: boolean | undefined
}

/**
 * A journal as lines for one reader, by default NDJSON. Lines are made when the reader has room for them, so a slow one
 * holds back only itself.
 */
export function journalStream(
  journal: Journal,
  { follow = false, ...reading }: StreamOptions,
  line?: (entry: Entry) => string
): Readable {
  const reader = journal.reader(reading, line)
  let stop: (() => void) | undefined
  return new Readable({
    encoding: 'utf8',
    highWaterMark: 65_536,
    read() {
      const chunk = reader.read()
      if (chunk !== '') this.push(plainText(chunk))
      else if (!follow || journal.closed || reader.done()) this.push(null)
      else stop = journal.onMore(() => this._read(0))
    },
    destroy(error, done) {
      stop?.()
      done(error)
    }
  })
}

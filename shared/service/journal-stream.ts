import { Readable } from 'node:stream'
import type { Journal, Reading } from '../engine/journal.ts'

/**
 * A journal as an NDJSON stream for one reader. Lines are made when the reader has room for them, so a slow one holds
 * back only itself.
 */
export function journalStream(
  journal: Journal,
  { follow = false, ...reading }: Reading & { follow?: boolean }
): Readable {
  const reader = journal.reader(reading)
  let stop: (() => void) | undefined
  return new Readable({
    encoding: 'utf8',
    highWaterMark: 65_536,
    read() {
      const chunk = reader.read()
      if (chunk !== '') this.push(chunk)
      else if (!follow || journal.closed || reader.done()) this.push(null)
      else stop = journal.onMore(() => this._read(0))
    },
    destroy(error, done) {
      stop?.()
      done(error)
    }
  })
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { openJournal, type JournalSource } from '../../shared/machine-room/follow-journal.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const LINES = [1, 2, 3].map((seq) =>
  JSON.stringify({
    seq,
    id: `m.${seq}`,
    time: seq,
    machine: 'm',
    layer: 'firmware',
    kind: 'message',
    type: 'ghes.ack',
    from: 'host-kernel',
    to: 'firmware',
    data: {}
  })
)

void t.test(
  'a journal that waits for others to answer is all there, also after garbage has been collected',
  async (t) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/x-ndjson')
      response.end(LINES.map((line) => `${line}\n`).join(''))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const source: JournalSource = {
      layer: 'firmware',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      filter: {},
      place: { epochMs: undefined, after: 0 },
      fetch,
      signal: new AbortController().signal
    }
    const opened = await openJournal(source)
    for (let round = 0; round < 20; round++) {
      collectGarbage()
      await turn()
    }
    const seen: number[] = []
    for await (const { seq } of opened?.entries(undefined) ?? []) seen.push(seq)
    t.strictSame(seen, [1, 2, 3])
  }
)

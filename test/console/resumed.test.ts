import t from 'tap'
import { placeOf } from '../../services/console/cursor.ts'
import { readMerged } from '../../services/console/read-merged.ts'
import { realClock } from '../../shared/engine/clock.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { ask } from '../service/http.ts'
import { listening, vmmService } from '../service/ping-service.ts'
import { fakeServices } from './fake-journals.ts'

type Line = WireEntry & { readonly order: number; readonly cursor: string }

/** What the merged journal says of a VMM that is alone, from a cursor on. */
async function readFrom(urls: Awaited<ReturnType<typeof fakeServices>>, after?: string): Promise<readonly Line[]> {
  let text = ''
  const reading = { filter: {}, from: placeOf(after, 6), isText: false }
  for await (const part of await readMerged(urls, reading, fetch)) text += part as string
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Line)
}

void t.test('reading goes on from a cursor after a service has started again, without loss or repeats', async (t) => {
  const directory = t.testdir()
  const others = await fakeServices(t, {})
  const start = async () => {
    const store = sqliteStore(directory, 'vmm')
    const app = vmmService({ store, clock: realClock(store.epochMs) })
    return { app, urls: { ...others, vmm: await listening(app) } }
  }
  const first = await start()
  for (let n = 0; n < 3; n++) await ask(first.app, 'POST', '/v1/machines/m0/sums/a', { value: '0x3' })
  const before = await readFrom(first.urls)
  await first.app.close()
  const second = await start()
  t.teardown(() => second.app.close())
  await ask(second.app, 'POST', '/v1/machines/m0/sums/a', { value: '0x3' })

  const middle = before[2]
  const lines = await readFrom(second.urls, middle?.cursor)

  t.equal(middle?.order, 3)
  t.strictSame(
    lines.slice(0, before.length - 3).map(({ id, seq, order }) => ({ id, seq, order })),
    before.slice(3).map(({ id, seq, order }) => ({ id, seq, order }))
  )
  t.ok(lines.length > before.length - 3, 'what happened since')
  t.notOk(
    lines.some(({ kind }) => kind === 'gap'),
    'and nothing is missing'
  )
})

import { once } from 'node:events'
import type { Readable } from 'node:stream'
import t from 'tap'
import { placeOf } from '../../services/console/cursor.ts'
import { followMerged, readMerged } from '../../services/console/read-merged.ts'
import type { LayerUrls } from '../../services/console/layer-urls.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { gapsOf, incomplete } from '../../shared/trace/gaps.ts'
import { fakeNote, fakeServices, type FakeJournal } from './fake-journals.ts'

type Line = WireEntry & { readonly cursor: string }
const reading = (after?: string) => ({ filter: {}, from: placeOf(after, 6), isText: false })
const linesIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

async function all(stream: Readable): Promise<readonly Line[]> {
  let text = ''
  for await (const part of stream) text += part as string
  return linesIn(text)
}

/** As many lines as are asked for of a stream without an end. */
async function first(stream: Readable, count: number): Promise<readonly Line[]> {
  let text = ''
  for await (const part of stream) {
    text += part as string
    if (linesIn(text).length >= count) break
  }
  return linesIn(text)
}

const of = (layer: 'vmm' | 'guest', epochMs: number, ...seqs: number[]): FakeJournal => ({
  epochMs,
  entries: seqs.map((seq) => fakeNote(layer, seq))
})

void t.test(
  'a journal that began anew since a cursor is read from its beginning, and the reader is told',
  async (t) => {
    const journals = { vmm: of('vmm', 1000, 1, 2, 3), guest: of('guest', 1000, 1, 2) }
    const urls = await fakeServices(t, journals)
    const before = await all(await readMerged(urls, reading(), fetch))
    Object.assign(journals.vmm, of('vmm', 9000, 1, 2, 3, 4))

    const lines = await all(await readMerged(urls, reading(before.at(-1)?.cursor), fetch))

    t.equal(before.length, 5)
    t.strictSame(gapsOf(lines), [{ layer: 'vmm', after: 3, continues: 1, because: 'the journal began anew' }])
    t.strictSame(
      lines.filter(({ kind }) => kind !== 'gap').map(({ id }) => id),
      ['vmm.1', 'vmm.2', 'vmm.3', 'vmm.4']
    )
    t.strictSame(await all(await readMerged(urls, reading(lines.at(-1)?.cursor), fetch)), [], 'and once')
  }
)

void t.test('a journal that has not come as far as a cursor is another one, whatever the clock says', async (t) => {
  const journals = { vmm: of('vmm', 1000, 1, 2, 3) }
  const urls = await fakeServices(t, journals)
  const before = await all(await readMerged(urls, reading(), fetch))
  Object.assign(journals.vmm, of('vmm', 500, 1))

  const lines = await all(await readMerged(urls, reading(before.at(-1)?.cursor), fetch))

  t.strictSame(
    lines.map(({ kind }) => kind),
    ['gap', 'note']
  )
})

void t.test('a journal that is cut off while it is read ends with a gap that says from where', async (t) => {
  const vmm = of('vmm', 1000, 1, 2)
  vmm.answer = (response, lines) => {
    response.write(lines)
    response.write('{"seq":3', () => response.destroy())
  }
  const urls = await fakeServices(t, { vmm, guest: of('guest', 1000, 1) })

  const lines = await all(await readMerged(urls, reading(), fetch))

  t.match(gapsOf(lines), [{ layer: 'vmm', after: 2, because: /^it was cut off: / }])
  t.equal(lines.length, 4)
})

void t.test('of a service that does not answer the reader is told by a gap, and reads the others', async (t) => {
  const urls = { ...(await fakeServices(t, { guest: of('guest', 1000, 1, 2) })), vmm: 'http://127.0.0.1:1' }

  const lines = await all(await readMerged(urls, reading(), fetch))

  t.match(gapsOf(lines), [{ layer: 'vmm', after: 0, because: /^http:\/\/127\.0\.0\.1:1: / }])
  t.strictSame(
    lines.filter(({ kind }) => kind !== 'gap').map(({ id }) => id),
    ['guest.1', 'guest.2']
  )
  t.match(incomplete(lines), { code: 'journal-incomplete', detail: /vmm's entries from 1 on \(http/ }, 'no verdict')
})

void t.test('a service that refuses is a gap too, and is read from the cursor on when it answers again', async (t) => {
  const urls = await fakeServices(t, { vmm: of('vmm', 1000, 1, 2), guest: of('guest', 1000, 1) })
  const refusing: typeof fetch = async (input, init) =>
    (input as string).startsWith(urls.vmm) ? new Response('{}', { status: 503 }) : fetch(input, init)

  const lines = await all(await readMerged(urls, reading(), refusing))
  const later = await all(await readMerged(urls, reading(lines.at(-1)?.cursor), fetch))

  t.match(gapsOf(lines), [{ layer: 'vmm', after: 0, because: /503/ }])
  t.strictSame(
    [...lines, ...later].filter(({ kind }) => kind !== 'gap').map(({ id }) => id),
    ['guest.1', 'vmm.1', 'vmm.2']
  )
})

void t.test('when no service answers that is a problem', async (t) => {
  const urls = Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, 'http://127.0.0.1:1'])) as LayerUrls

  await t.rejects(readMerged(urls, reading(), fetch), /^http:\/\/127\.0\.0\.1:1: /)
})

void t.test('a follower whose service begins anew is told, and follows the new journal', async (t) => {
  const vmm = of('vmm', 1000, 1, 2)
  vmm.answer = (response, lines) => {
    // The first answer ends; the service is another one when it is asked again.
    response.end(lines)
    Object.assign(vmm, of('vmm', 2000, 1), { answer: (again: typeof response, text: string) => void again.write(text) })
  }
  const stream = await followMerged(await fakeServices(t, { vmm }), reading(), fetch)

  const lines = await first(stream, 4)

  t.strictSame(
    lines.map(({ kind, seq }) => `${kind} ${seq}`),
    ['note 1', 'note 2', 'gap 0', 'note 1']
  )
})

void t.test('a follower is told of a service that refuses, and goes on with the others', async (t) => {
  const vmm = of('vmm', 1000, 1)
  const urls = await fakeServices(t, { vmm })
  const refusing: typeof fetch = async (input, init) =>
    (input as string).startsWith(urls.guest) ? new Response('{}', { status: 401 }) : fetch(input, init)

  const lines = await first(await followMerged(urls, reading(), refusing), 2)

  t.match(gapsOf(lines), [{ layer: 'guest', after: 0, because: /401/ }])
  t.match(
    lines.find(({ kind }) => kind === 'note'),
    { id: 'vmm.1' }
  )
})

void t.test('a gap of a journal reaches whoever sifts, too', async (t) => {
  const vmm = of('vmm', 1000, 5, 6)
  vmm.entries.unshift({
    ...fakeNote('vmm', 4),
    kind: 'gap',
    type: 'journal.gap',
    machine: '',
    data: { after: 0, continues: 5 }
  })
  const urls = await fakeServices(t, { vmm })

  const lines = await all(await readMerged(urls, { ...reading(), filter: { machine: ['m9'], type: ['a.b'] } }, fetch))

  t.strictSame(gapsOf(lines), [{ layer: 'vmm', after: 0, continues: 5 }])
})

void t.test('a journal that nobody reads any more is let go', async (t) => {
  const vmm = of('vmm', 1000, 1)
  const closed = new Promise<void>((resolve) => {
    vmm.answer = (response, lines) => {
      response.once('close', resolve)
      response.write(lines)
    }
  })
  const stream = await followMerged(await fakeServices(t, { vmm }), reading(), fetch)
  await once(stream, 'readable')

  stream.destroy()

  await closed
  t.pass('its request has ended')
})

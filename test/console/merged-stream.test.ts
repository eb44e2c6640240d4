import { setImmediate as turn } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import t from 'tap'
import { mergedStream, type Later } from '../../services/console/merged-stream.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { mergeJournals } from '../../shared/trace/merge-journals.ts'

const LAYERS = ['hardware', 'firmware', 'guest'] as const
const EACH = 3000
const line = (entry: WireEntry) => `${JSON.stringify(entry)}\n`

function note(layer: WireEntry['layer'], seq: number, time: number, cause?: string): WireEntry {
  const entry = { machine: 'm0', kind: 'note', type: 'n', layer, from: layer, to: layer, data: {} } as const
  return { ...entry, seq, time, id: `${layer}.${seq}`, ...(cause === undefined ? {} : { cause }) }
}

/** Three journals of 3,000 entries, in which each layer's is caused by the one before it. */
const JOURNALS = LAYERS.map((layer, place) =>
  Array.from({ length: EACH }, (_, i) =>
    note(layer, i + 1, i * 3 + place, place === 0 ? undefined : `${LAYERS[place - 1]}.${i + 1}`)
  )
)

/** A journal that counts how much of it was read, and goes on for ever after its end. */
function source(entries: readonly WireEntry[]) {
  const read = { count: 0 }
  async function* pull(): AsyncGenerator<WireEntry> {
    for (const entry of entries) {
      read.count++
      yield entry
    }
    await new Promise(() => undefined)
  }
  return { read, journal: pull() }
}

/** A clock that stands still until the test lets the time of a wait pass. */
function stillClock() {
  const waits = new Set<() => void>()
  const later: Later = (call) => {
    waits.add(call)
    return () => void waits.delete(call)
  }
  const pass = () => {
    const calls = [...waits]
    waits.clear()
    for (const call of calls) call()
  }
  return { later, pass }
}

/** All that the stream has to say until nothing moves any more. */
async function toldBy(stream: Readable): Promise<readonly WireEntry[]> {
  let text = ''
  for (let still = 0; still < 5; still++) {
    await turn()
    for (let part = stream.read() as string | null; part !== null; part = stream.read() as string | null) {
      text += part
      still = 0
    }
  }
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as WireEntry)
}

void t.test('a slow reader is waited for by the readers of all journals, and loses nothing', async (t) => {
  const sources = JOURNALS.map(source)
  const { later, pass } = stillClock()
  const stream = mergedStream(
    sources.map(({ journal }) => journal),
    { line, later }
  )

  for (let i = 0; i < 5; i++) await turn()
  const before = sources.map(({ read }) => read.count)
  const told = [...(await toldBy(stream))]
  pass()
  told.push(...(await toldBy(stream)))
  stream.destroy()

  t.ok(
    before.every((count) => count < 1000),
    `nobody reads: of ${EACH} each, ${before.join()} were fetched`
  )
  t.strictSame(told, mergeJournals(JOURNALS))
})

void t.test('a journal that is silent holds the others up only for the time of a wait', async (t) => {
  const { later, pass } = stillClock()
  const silent = source([])
  const busy = source([note('guest', 1, 1), note('guest', 2, 2)])
  const stream = mergedStream([silent.journal, busy.journal], { line, later })

  t.strictSame(await toldBy(stream), [])
  pass()
  t.strictSame(
    (await toldBy(stream)).map(({ seq }) => seq),
    [1, 2]
  )
  stream.destroy()
})

void t.test('a journal that ended is not waited for, and with the last of them the stream ends', async (t) => {
  async function* of(entries: readonly WireEntry[]): AsyncGenerator<WireEntry> {
    yield* entries
  }
  const { later } = stillClock()
  const stream = mergedStream([of([]), of([note('guest', 1, 1)])], { line, later })

  const told: string[] = []
  for await (const line of stream) told.push(line as string)

  t.match(told, [/"seq":1/])
})

void t.test('journals that end are waited for, however far ahead the cause of an entry lies', async (t) => {
  async function* of(entries: readonly WireEntry[]): AsyncGenerator<WireEntry> {
    yield* entries
  }
  const far = (layer: 'vmm' | 'guest', other: string, shift: number) =>
    Array.from({ length: 2000 }, (_, i) =>
      note(layer, i + 1, i * 2 + shift, i === 0 ? `${other}.1500` : i % 7 === 0 ? `${other}.${i}` : undefined)
    )
  const journals = [far('vmm', 'guest', 0), far('guest', 'vmm', 1)]
  const stream = mergedStream(journals.map(of), {
    line,
    isPatient: true,
    later: () => t.fail('no clock is asked') as never
  })

  const told = await toldBy(stream)

  t.strictSame(told, mergeJournals(journals))
})

void t.test('no more lines are made than are asked for, and the journals are let go', async (t) => {
  const sources = JOURNALS.map(source)
  const journals = sources.map(({ journal }) => journal)
  const stream = mergedStream(journals, { line, limit: 5, later: stillClock().later })

  const lines: string[] = []
  for await (const text of stream) lines.push(...(text as string).split('\n').filter((one) => one !== ''))

  t.equal(lines.length, 5)
  t.ok(sources.every(({ read }) => read.count < 1000))
})

void t.test('what a journal throws ends the stream with that', async (t) => {
  async function* broken(): AsyncGenerator<WireEntry> {
    throw new Error('out of paper')
  }
  const stream = mergedStream([broken()], { line, later: stillClock().later })

  await t.rejects(async () => {
    for await (const line of stream) t.fail(String(line))
  }, /out of paper/)
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { JournalMerger, mergeJournals } from '../../shared/trace/merge-journals.ts'
import { LAYERS } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

const question = {
  seq: 1,
  time: 1,
  machine: 'm0',
  kind: 'message',
  id: 'a.1',
  type: 'policy.decide',
  data: {}
} as const
const kept: WireEntry = { ...question, layer: 'vmm', from: 'vmm', to: 'policy' }
const received: WireEntry = { ...kept, layer: 'policy' }

void t.test('a message that its sender and its receiver kept is there once, as the receiver has it', async (t) => {
  t.strictSame(mergeJournals([[kept], [received]]), [received])
})

void t.test('a message that only its sender kept is there', async (t) => {
  t.strictSame(mergeJournals([[kept], []]), [kept])
})

/** A note of a service: enough of an entry to be merged. */
function note(layer: WireEntry['layer'], id: string, time: number, cause?: string): WireEntry {
  const entry = {
    seq: 1,
    time,
    machine: 'm0',
    kind: 'note',
    type: 'n',
    layer,
    from: layer,
    to: layer,
    data: {}
  } as const
  return cause === undefined ? { ...entry, id } : { ...entry, id, cause }
}

const ids = (entries: readonly WireEntry[]) => entries.map(({ id }) => id)

void t.test('an effect comes after its cause, whatever the clocks say', async (t) => {
  const effect = note('guest', 'b', 1, 'a')
  const cause = note('vmm', 'a', 2)

  t.strictSame(ids(mergeJournals([[effect], [cause]])), ['a', 'b'])
})

void t.test('of entries that did not cause each other the earlier comes first, and .10 after .9', async (t) => {
  const guest = [note('guest', 'x.10', 5), note('guest', 'z', 8)]
  const vmm = [note('vmm', 'x.9', 5), note('vmm', 'y', 7)]

  t.strictSame(ids(mergeJournals([guest, vmm])), ['x.9', 'x.10', 'y', 'z'])
})

void t.test('a cause that nobody kept is not waited for, and a circle of causes is gone through by time', async (t) => {
  t.strictSame(ids(mergeJournals([[note('guest', 'b', 1, 'nowhere')], [note('vmm', 'c', 2)]])), ['b', 'c'])
  t.strictSame(ids(mergeJournals([[note('guest', 'b', 2, 'c')], [note('vmm', 'c', 1, 'b')]])), ['c', 'b'])
})

/** Takes what is certain. */
function taken(merger: JournalMerger): WireEntry[] {
  const entries: WireEntry[] = []
  for (let next = merger.next(); next !== undefined; next = merger.next()) entries.push(next)
  return entries
}

void t.test(
  'nothing leaves while a silent journal may still have something earlier, unless it is released',
  async (t) => {
    const merger = new JournalMerger(2)

    merger.push(0, note('guest', 'b', 2))
    t.strictSame(taken(merger), [])
    merger.push(1, note('vmm', 'a', 1))
    t.strictSame(ids(taken(merger)), ['a'])
    merger.release()
    t.strictSame(ids(taken(merger)), ['b'])
  }
)

void t.test('a journal that has ended is not waited for', async (t) => {
  const merger = new JournalMerger(2)

  merger.push(0, note('guest', 'b', 2))
  merger.end(1)
  t.strictSame(ids(taken(merger)), ['b'])
  merger.push(0, note('guest', 'c', 3, 'later'))
  t.strictSame(taken(merger), [])
  merger.end(0)
  t.strictSame(ids(taken(merger)), ['c'])
})

void t.test('a release lets go of what was there, not of what comes after it', async (t) => {
  const merger = new JournalMerger(2)

  merger.push(0, note('guest', 'b', 2))
  merger.release()
  merger.push(0, note('guest', 'c', 3))

  t.strictSame(ids(taken(merger)), ['b'])
  t.equal(merger.waiting(), 1)
})

void t.test('a message that left as its sender has it does not come again when its receiver shows it', async (t) => {
  const merger = new JournalMerger(2)

  merger.push(0, kept)
  merger.release()
  t.strictSame(taken(merger), [kept])
  merger.push(1, received)
  merger.release()

  t.strictSame(taken(merger), [])
  t.equal(merger.waiting(), 0)
})

const LONGEST = 12
/** Journals of up to four layers: entries of all kinds with causes anywhere, also in the future, in a circle or nowhere. */
const journals = fc
  .array(
    fc.array(
      fc.record({
        later: fc.nat(3),
        id: fc.nat(15),
        cause: fc.option(fc.nat(16), { nil: undefined, freq: 2 }),
        kind: fc.constantFrom('note', 'note', 'note', 'received', 'received', 'sent')
      }),
      { maxLength: LONGEST, size: 'max' }
    ),
    { minLength: 1, maxLength: 4, size: 'max' }
  )
  .map((all) =>
    all.map((journal, place) => {
      let time = 0
      const layer = LAYERS[place] ?? 'guest'
      return journal.map(({ later, id, cause, kind }, index): WireEntry => {
        time += later
        const from = kind === 'sent' ? layer : 'outside'
        const to = kind === 'sent' ? (LAYERS[(place + 1) % all.length] ?? layer) : layer
        const entry = {
          ...note(layer, `i.${id}`, time, cause === undefined ? undefined : `i.${cause}`),
          seq: index + 1
        }
        return kind === 'note' ? entry : { ...entry, kind: 'message', from, to }
      })
    })
  )

void t.test('in whatever order the journals grow, the entries leave in the order of the whole', async (t) => {
  let early = 0
  fc.assert(
    fc.property(journals, fc.infiniteStream(fc.nat()), (all, choices) => {
      const merger = new JournalMerger(all.length)
      const places = all.map(() => 0)
      const left: WireEntry[] = []
      for (;;) {
        const open = all.flatMap((journal, index) => ((places[index] ?? 0) < journal.length ? [index] : []))
        if (open.length === 0) break
        const index = open[choices.next().value % open.length] ?? 0
        const entry = all[index]?.[places[index] ?? 0]
        places[index] = (places[index] ?? 0) + 1
        if (entry !== undefined) merger.push(index, entry)
        left.push(...taken(merger))
      }
      early += left.length
      merger.release()
      left.push(...taken(merger))

      assert.deepEqual(left, mergeJournals(all))
    }),
    { numRuns: 2000 }
  )

  t.ok(early > 500, `${early} entries left before all were there`)
})

void t.test('what is released early still keeps the order of each journal and loses nothing', async () => {
  fc.assert(
    fc.property(journals, fc.infiniteStream(fc.nat(9)), (all, choices) => {
      const merger = new JournalMerger(all.length)
      const left: WireEntry[] = []
      for (let at = 0; at < LONGEST; at++) {
        for (const [index, journal] of all.entries()) {
          const entry = journal[at]
          if (entry !== undefined) merger.push(index, entry)
          if (choices.next().value === 0) merger.release()
          left.push(...taken(merger))
        }
      }
      merger.release()
      left.push(...taken(merger))

      const isMessage = ({ kind }: WireEntry) => kind === 'message'
      const of = (entries: readonly WireEntry[], layer: WireEntry['layer']) =>
        entries.filter((entry) => entry.layer === layer && !isMessage(entry))
      for (const [index, journal] of all.entries()) {
        const layer = LAYERS[index] ?? 'guest'
        assert.deepEqual(of(left, layer), of(journal, layer))
      }
      const messages = (entries: readonly WireEntry[]) => new Set(entries.filter(isMessage).map(({ id }) => id))
      assert.deepEqual(messages(left), messages(all.flat()))
    }),
    { numRuns: 500 }
  )
})

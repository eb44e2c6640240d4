import t from 'tap'
import { compareRuns } from '../../shared/story/compare.ts'
import { comparableWith, labelOf, pairOf, partnerOf } from '../../web/model/comparable.ts'
import { changedPieces, comparedLines, foldedText, type ComparedLine } from '../../web/model/compared-lines.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'
import { sayingOf } from '../../shared/rows/words.ts'
import { played } from './played.ts'

const compared = (left: RunModel, right: RunModel, everything = false): readonly ComparedLine[] =>
  comparedLines(compareRuns(left.entries, right.entries), left, right, everything)

/** Lines as text, the sides of a pair with a bar between them. */
const drawn = (left: RunModel, right: RunModel, lines: readonly ComparedLine[]): readonly string[] =>
  lines.map((line) => {
    if (line.kind === 'first') return '---'
    if (line.kind === 'fold') return foldedText(line)
    const said = [line.left && sayingOf(left, line.left), line.right && sayingOf(right, line.right)]
    return said.map((text = '') => text.split(' ').slice(0, 3).join(' ')).join(' | ')
  })

void t.test('two policies on one fault differ from where they first decide otherwise', async (t) => {
  const [morse, sei] = [await played('01-story'), await played('02-counter-example')]
  const lines = drawn(morse, sei, compared(morse, sei))
  const first = lines.indexOf('---')

  t.match(lines[0], /^\d+ entries are the same$/)
  t.equal(lines[first - 1], 'BUS_MCEERR_AO: what now? | BUS_MCEERR_AO: what now?')
  t.equal(lines[first + 1], 'notify-interrupt nobody has | ignore this policy')
  t.ok(lines.includes('inject-sea a guest | inject-serror this policy'))
  t.equal(lines.filter((line) => line === '---').length, 1)
})

void t.test('each row of both runs is a line or is counted in one, in the order of its run', async (t) => {
  const [morse, sei] = [await played('01-story'), await played('02-counter-example')]
  const { rows } = compareRuns(morse.entries, sei.entries)
  for (const everything of [false, true]) {
    const lines = compared(morse, sei, everything)
    const pairs = lines.flatMap((line) => (line.kind === 'pair' ? [line] : []))
    const rowsIn = ({ left, right, isPair }: (typeof pairs)[number]) => (isPair ? 1 : Number(!!left) + Number(!!right))
    const shown = pairs.reduce((sum, pair) => sum + rowsIn(pair), 0)
    const folded = lines.reduce((sum, line) => sum + (line.kind === 'fold' ? line.count : 0), 0)
    t.equal(shown + folded, rows.length)
    for (const side of ['left', 'right'] as const) {
      const places = pairs.flatMap((line) => line[side]?.place ?? [])
      t.same(
        places,
        [...places].sort((a, b) => a - b)
      )
    }
    t.equal(folded > 0, !everything)
  }
})

void t.test('a run beside itself is one fold, and has no first difference', async (t) => {
  const run = await played('01-story')

  const { rows } = compareRuns(run.entries, run.entries)
  t.same(compared(run, run), [{ kind: 'fold', count: rows.length, same: rows.length }])
  t.notOk(compared(run, run, true).some(({ kind }) => kind === 'first'))
})

void t.test('words that only one side says are told apart, but not names that somebody chose', (t) => {
  const marked = (text: string, other: string, chosen?: readonly string[]) =>
    changedPieces(text, other, chosen).map((piece) => (piece.isOther ? `[${piece.text}]` : piece.text))

  t.same(marked('Guest enters in its SEA vector', 'Guest enters in its SError vector'), [
    'Guest enters in its ',
    '[SEA]',
    ' vector'
  ])
  t.same(marked('redis loads 0x1000,', 'redis loads 0x2000', ['0x1000', '0x2000']), ['redis loads 0x1000,'])
  t.same(marked('the same', 'the same'), ['the same'])
  t.end()
})

const RUNS = [
  { id: 'd', name: 'Told by SEA', vmm: 'reference', policy: 'sei' },
  { id: 'c', name: 'Another', vmm: 'reference', policy: 'morse' },
  { id: 'b', name: 'Told by SEA', vmm: 'reference', policy: 'sei' },
  { id: 'a', name: 'Told by SEA', vmm: 'reference', policy: 'morse', linux: '6.12' }
]

void t.test('a run is held against one of its own scenario that was set up otherwise', (t) => {
  t.equal(partnerOf(RUNS, 'd')?.id, 'a')
  t.equal(partnerOf(RUNS, 'c'), undefined)
  t.equal(partnerOf(RUNS, 'none'), undefined)
  t.same(
    pairOf(RUNS)?.map(({ id }) => id),
    ['a', 'd']
  )
  t.equal(pairOf(RUNS.slice(0, 3)), undefined)
  t.same(
    comparableWith(RUNS, 'b').map(({ id }) => id),
    ['d', 'a', 'c']
  )
  t.end()
})

void t.test('a scenario of another name is held against a run where its fault is the same', (t) => {
  const runs = [
    { id: 'sei', name: 'The counter-example', fault: 'f1', policy: 'sei' },
    { id: 'x', name: 'Another', policy: 'sei' },
    { id: 'morse', name: 'The story', fault: 'f1', policy: 'morse' }
  ]
  t.equal(partnerOf(runs, 'morse')?.id, 'sei')
  t.equal(partnerOf(runs, 'x'), undefined, 'two of which the fault is not known are not of one')
  t.same(
    comparableWith(runs, 'morse').map(({ id }) => id),
    ['sei', 'x']
  )
  t.end()
})

void t.test('a run is called by what it was run with', (t) => {
  const [, , , run] = RUNS
  t.equal(labelOf(run as never), 'morse on reference, Linux 6.12: Told by SEA (a)')
  t.equal(labelOf({ id: 'x', name: 'No VM' }), 'No VM (x)')
  t.end()
})

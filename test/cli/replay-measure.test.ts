import { readFileSync } from 'node:fs'
import t from 'tap'
import { compareObserved } from '../../cli/replay/compare.ts'
import { scopeOf } from '../../cli/replay/scope.ts'
import { predict } from '../../lab/predict.ts'
import { otherwise } from '../../lab/prediction.ts'
import { KERNELS, namesOf, recordingOf, type Kernel } from './recordings.ts'

const SOURCE = new URL('../fixtures/SOURCE.md', import.meta.url)

/** What has to be taken otherwise than `--predict` takes it first, for a prediction from the input alone to be right. */
function deviations(kernel: Kernel, name: string): string {
  const { input, qemu, observed = {} } = recordingOf(kernel, name)
  const predictions = predict({ input, ...(qemu === undefined ? {} : { qemu }) }, kernel)
  const [usual] = predictions
  if (usual === undefined) return 'no prediction'
  const right = predictions
    .filter((one) =>
      compareObserved(scopeOf(input, one), one.observed, observed).every(({ verdict }) => verdict !== 'different')
    )
    .map((one) => otherwise(usual, one).map(({ about }) => about))
    .toSorted((a, b) => a.length - b.length)
  return right[0]?.join(' and ') ?? 'nothing is right'
}

function measure(kernel: Kernel): ReadonlyMap<string, number> {
  const count = new Map<string, number>()
  for (const name of namesOf(kernel)) {
    const why = deviations(kernel, name)
    count.set(why, (count.get(why) ?? 0) + 1)
  }
  return count
}

const ROWS = [
  ['', 'the first prediction is right'],
  ['print limit', 'but for a print: earlier runs of the boot had used the print limit'],
  ['memory_failure race', 'but for who ran `memory_failure()`'],
  ['memory_failure race and print limit', 'but for both'],
  ['read-ack', 'but for what the read-ack register held before'],
  ['read-ack and print limit', 'but for that and a print'],
  ['nothing is right', 'no prediction is right']
] as const

void t.test('how often the first prediction is right, and what else is, is what SOURCE.md says', async (t) => {
  const figures = KERNELS.map(measure)

  const known = new Set<string>(ROWS.map(([why]) => why))
  t.strictSame(
    figures.flatMap((one) => [...one.keys()].filter((why) => !known.has(why))),
    [],
    'every reason has its row'
  )
  const row = ([why, text]: (typeof ROWS)[number]) =>
    `| ${text} | ${figures.map((one) => one.get(why) ?? 0).join(' | ')} |`
  const table = [
    `| | ${KERNELS.join(' | ')} |`,
    '|---|---|---|---|',
    ...ROWS.map(row),
    `| recordings | ${KERNELS.map((kernel) => namesOf(kernel).length).join(' | ')} |`
  ].join('\n')
  t.ok(readFileSync(SOURCE, 'utf8').includes(table), 'the table of test/fixtures/SOURCE.md', { table })
})

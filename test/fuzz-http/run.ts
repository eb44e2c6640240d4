import { parseArgs } from 'node:util'
import { loadHere } from '../../bench/machine.ts'
import { seenOn, table, writeSection } from '../reliability/page.ts'
import { fuzz } from './fuzz.ts'

const HELP = `npm run fuzz:http [-- OPTIONS]

Sends mutated requests to every operation of all services and the console, and mutated frames over links. Each follows from
its seed. A 5xx that no contract has, an answer that is no problem, a hang, a link that ends in another way than by its own
rules, and a heap that grows are defects. Exits 1 when there was one.

  --count N    so many requests, by default 1000000
  --first N    the first seed, by default 1
  --write      writes what was seen into docs/reliability.md
  --help       this text`

/** What of the heap half way may have been added at the end: rather noise than growth. */
const GROWN = 1.1

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    first: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const [count, first] = [Number(values.count), Number(values.first)]
const load = loadHere()
const begun = performance.now()
const closes: (() => Promise<unknown>)[] = []
const told = (done: number) => {
  if (done % 20_000 === 0)
    process.stderr.write(`${done} requests, ${Math.round((performance.now() - begun) / 1000)} s\n`)
}
const { requests, links, frames, deleted, defects, wrong, heap } = await fuzz(
  { teardown: (close) => void closes.push(close) },
  { first, count, told }
)
for (const close of closes) await close()

const minutes = (performance.now() - begun) / 60_000
const [half, end] = heap
const hasGrown = half !== undefined && end !== undefined && end > half * GROWN
for (const { seed, layer, attempt, says } of defects.slice(0, 50)) {
  console.log(
    `${layer} ${attempt.method} ${attempt.path}: ${says}\n  --first ${seed} --count 1; body ${String(attempt.body).slice(0, 300)}`
  )
}
for (const each of wrong) console.log(each)
const counted = (of: Readonly<Record<string, number>>) =>
  Object.entries(of)
    .map(([what, count]) => `${count} × ${what}`)
    .join(', ')
const mb = (bytes: number | undefined) => (bytes === undefined ? 'not seen' : `${(bytes / 1e6).toFixed(1)} MB`)
const text = [
  table(
    [
      'requests',
      'frames',
      'deleted',
      'defects',
      'links that ended otherwise, services not well',
      'heap half way',
      'heap at the end'
    ],
    [
      [
        `${requests}`,
        `${frames} over ${links} links`,
        counted(deleted),
        `${defects.length}`,
        `${wrong.length}`,
        mb(half),
        mb(end)
      ]
    ]
  ),
  `Seeds from ${first} on, in ${minutes.toFixed(1)} minutes. ${seenOn(load)}`
].join('\n')
console.log(text)
if (values.write) writeSection('fuzz', text)
process.exitCode = defects.length > 0 || wrong.length > 0 || hasGrown ? 1 : 0

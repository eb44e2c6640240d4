import { parseArgs } from 'node:util'
import { runSeed } from './run.ts'
import { reportOf } from './shrink.ts'

/**
 * Runs one seed again and tells all that happens in it:
 * `node test/fuzz/repeat.ts --seed 70` with all of its faults, `--only a1,b2` with these alone.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' } } })
const only = values.only === undefined ? undefined : new Set(values.only.split(','))
const found = await runSeed(Number(values.seed), {
  only,
  trace: (line) => console.log(line)
})
console.log(reportOf(found))
process.exitCode = found.wrongs.length > 0 ? 1 : 0

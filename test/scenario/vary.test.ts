import { join } from 'node:path'
import t from 'tap'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { planOf } from '../../shared/scenario/plan.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { varied, type Variation } from '../../shared/scenario/vary.ts'
import { shortHash } from '../support/golden.ts'

function shipped(name: string): ScenarioFile {
  const read = readScenarioFile(join(SHIPPED, `${name}.yaml`))
  if (read.errors !== undefined) throw new Error(`${name} cannot be read`)
  return read.scenario
}

const SAME: readonly (readonly [story: string, variation: Variation, written: string])[] = [
  ['01-story', { notify: 'POLLED' }, '26-host-told-by-polling'],
  ['01-story', { addressValid: false }, '11-no-address'],
  ['02-counter-example', { sei: true }, '29-sei-patched-guest']
]
for (const [story, variation, written] of SAME) {
  void t.test(`${story} with ${JSON.stringify(variation)} is the shipped ${written}`, async (t) => {
    const wanted = shipped(written)
    const told = varied(shipped(story), variation)
    // One of those written ends earlier.
    const steps = told.steps.slice(0, wanted.steps.length)

    t.equal(
      shortHash((await runInProcess({ ...told, steps })).journal),
      shortHash((await runInProcess(wanted)).journal)
    )
  })
}

void t.test(
  'the exception of a poison and what firmware uses towards the host are told to those who need them',
  (t) => {
    const { file } = planOf(shipped('01-story'), { exception: 'SEA', notify: 'SDEI' })

    t.match(file.steps[1], { poison: { task: 'redis', exception: 'SEA' } })
    t.match(file.machine, { notify: { recoverable: 'SDEI' } })
    t.end()
  }
)

void t.test('a variation changes nothing else, and without one the scenario is as it was', (t) => {
  const file = shipped('01-story')
  const { machine, ...rest } = varied(file, { notify: 'SEA' })

  t.strictSame(varied(file, {}), file)
  t.strictSame(rest, file)
  t.strictSame(machine, { notify: { recoverable: 'SEA' } })
  t.end()
})

void t.test('a scenario of the host alone gets no VM by a variation of guests', (t) => {
  const file = shipped('ras-tools/native-single')

  t.same(planOf(file, { sei: true }).vms, [])
  t.end()
})

void t.test('where the file waits for the poll by itself, nothing waits twice', (t) => {
  const file = shipped('26-host-told-by-polling')

  t.strictSame(varied(file, { notify: 'POLLED' }), file)
  t.end()
})

import t from 'tap'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { services } from '../support/services.ts'

const fileOf = (firmware: string, steps: string): ScenarioFile => {
  const text = `
seabus: 1
title: a firmware
machine: { firmware: ${firmware}, notify: { recoverable: SEA } }
steps: ${steps}
`
  const read = readScenario(text, 'here.yaml')
  if (read.errors !== undefined) throw new Error(read.errors.map(({ message }) => message).join('; '))
  return read.scenario
}

const LOAD = '[{ touch: redis }, { poison: { task: redis, exception: SEA } }, { touch: redis }]'
const WALK =
  '[{ touch: { task: redis, via: walk } }, { poison: { task: redis, table: true, exception: SEA } }, { touch: { task: redis, via: walk } }]'

void t.test('an ordinary SEA is told by 2.12 and 2.14, and stops the platform from 2.15 on', async (t) => {
  for (const [firmware, ends] of [
    ['tf-a-2.12', 'running'],
    ['tf-a-2.14', 'running'],
    ['tf-a-2.15', 'panicked'],
    ['tf-a-2026-08', 'panicked']
  ] as const) {
    const { outcome } = await runInProcess(fileOf(firmware, LOAD))
    t.equal(outcome.firmware, ends, firmware)
  }
})

void t.test("after 2.15 a guest's walk is its own kernel's SEA, and the host hears nothing of it", async (t) => {
  const file = fileOf('tf-a-2026-08', WALK)

  const run = await runInProcess(file)
  const { system } = await services(t, { machines: [] })
  const served = await runScenario(system, file, run.machine)

  const entries = run.journal.filter(({ type, from }) => type === 'vcpu.enter' && from === 'hardware')
  t.match(entries, [{ data: { exception: { vector: 0x400, esr_el1: '0x92000017' } } }])
  t.match(run.outcome, { host: 'running', firmware: 'running', guest: 'running', signals: [] })
  t.match(run.outcome.tasks, { redis: 'killed' })
  t.strictSame(served.outcome, run.outcome)
})

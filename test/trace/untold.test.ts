import t from 'tap'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { room } from '../support/room.ts'

const HOST = 'seabus: 1\ntitle: x\nvms: []\nprocesses: [victim]\nsteps:\n'

/** How a scenario of these steps is summed up, and whether its error was told to nobody. */
async function toldOf(steps: readonly string[], head = HOST) {
  const read = readScenario(`${head}${steps.map((step) => `  - ${step}\n`).join('')}`, 'text')
  if (read.errors !== undefined) throw new Error(JSON.stringify(read.errors))
  const { outcome, cell } = await runScenario(room().system, read.scenario, 'm0', {})
  return { cell, untold: outcome.untold }
}

void t.test('a line that has gone bad and that nobody has met is told to nobody', async (t) => {
  t.same(await toldOf(['poison: { task: victim, exception: SEA }']), { cell: 'nobody told', untold: true })
})

void t.test('a record that the kernel cannot read is told to nobody', async (t) => {
  const deaf = HOST.replace(
    'vms:',
    'machine: { config: { ARM_SDE_INTERFACE: false }, notify: { recoverable: SDEI } }\nvms:'
  )
  const steps = ['poison: { task: victim, exception: interrupt }', 'wait: 5s']

  t.same(await toldOf(steps, deaf), { cell: 'nobody told', untold: true })
  t.same(await toldOf(steps), { cell: 'recovered', untold: false }, 'and to a kernel that can it is told')
})

void t.test('of a record that firmware cannot tell of nobody is told, though the error was corrected', async (t) => {
  const report = (source: number) => `report: { source: ${source}, hostPhysical: '0x48001000', severity: corrected }`

  t.same(await toldOf([report(0), 'wait: 2s']), { cell: 'nobody told', untold: true }, 'an SEA without an access')
  t.same(await toldOf([report(1), 'wait: 2s']), { cell: 'recovered', untold: false }, 'a source that is polled')
})

void t.test('who dies of an error was told of it; where there is none there is nothing to tell', async (t) => {
  t.same(await toldOf(['poison: { task: victim, exception: SEA }', 'touch: victim']), {
    cell: 'process killed',
    untold: false
  })
  t.same(await toldOf(['touch: victim']), { cell: 'recovered', untold: false })
})

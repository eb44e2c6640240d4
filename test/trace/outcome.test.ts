import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { MODELS } from '../../services/layers.ts'
import type { GuestsState } from '../../services/guest/state.ts'
import type { HostState } from '../../services/host-kernel/state.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { systemOfRoom } from '../../shared/machine-room/system.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { runScenario, type Result } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { pagesOf } from '../../shared/sparse/page-set.ts'

async function run(scenario: ScenarioFile): Promise<{ readonly result: Result; readonly room: MachineRoom }> {
  const room = new MachineRoom(MODELS, { machines: [] })
  return { room, result: await runScenario(systemOfRoom(room), scenario, 'm0') }
}

async function outcomeOf(yaml: string) {
  const read = readScenario(`seabus: 1\ntitle: t\n${yaml}`, 'test')
  if (read.errors !== undefined) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  const { outcome, cell } = (await run(read.scenario)).result
  return { ...outcome, cell }
}

const count = (kernel: HostState['kernel']) => [...pagesOf(kernel.hwpoison)].length

void t.test(
  'the poisoned pages of every shipped scenario are those that the kernels have as PG_hwpoison',
  async (t) => {
    const read = readScenarios([SHIPPED])
    if ('errors' in read) return t.fail('the shipped scenarios have mistakes')
    for (const { file, scenario } of read.scenarios) {
      const { result, room } = await run(scenario)
      const host = count((room.state('host-kernel') as { inner: HostState }).inner.kernel)
      const guests = [...(room.state('guest') as { inner: GuestsState }).inner.vms.values()]
      const guest = guests.reduce((sum, { kernel }) => sum + count(kernel), 0)
      t.strictSame(result.outcome.poisonedPages, { host, guest }, file)
    }
  }
)

void t.test('soft offline, Ignored and Failed leave PG_hwpoison, and the page is counted', async (t) => {
  const softOffline = await outcomeOf(`
processes: [db]
steps:
  - touch: db
  - report: { source: 1, task: db, severity: corrected, threshold: true }
  - wait: 2s`)
  const ignored = await outcomeOf(`
steps:
  - touch: { task: redis, via: walk }
  - poison: { task: redis, table: true, exception: SEA }
  - touch: { task: redis, via: walk }`)

  t.equal(softOffline.poisonedPages.host, 1)
  t.match(ignored.poisonedPages, { host: 1, guest: 1 })
})

const PANICS = `
vms:
  - policy: sei
steps:
  - touch: redis
  - poison: redis
  - touch: redis`

void t.test('a guest that was reset after its panic runs; that it panicked is said beside', async (t) => {
  const panicked = await outcomeOf(PANICS)
  const reset = await outcomeOf(`${PANICS}\n  - reset: vm0\n  - touch: redis`)

  t.match(panicked, { guest: 'panicked', panics: { guest: 1 }, avoidablePanic: true, cell: 'avoidable panic' })
  t.match(reset, { guest: 'running', vm: 'running', guests: { vm0: 'running' }, tasks: { redis: 'completed' } })
  t.match(reset, { panics: { guest: 1 }, cell: 'avoidable panic' }, 'a reset does not make it unhappen')
})

void t.test('a VM that migrated is not lost, and its guest runs elsewhere', async (t) => {
  const outcome = await outcomeOf(`
vms:
  - profile: qemu-10.2
steps:
  - touch: redis
  - migrate: vm0`)

  t.match(outcome, { vm: 'migrated', guest: 'migrated', cell: 'recovered', tasks: { redis: 'completed' } })
})

void t.test('where firmware stops the platform the host and its VMs stop with it', async (t) => {
  const outcome = await outcomeOf(`
steps:
  - touch: redis
  - poison: { task: redis, containment: UC, severity: fatal }
  - touch: redis`)

  t.match(outcome, { firmware: 'panicked', host: 'halted', vm: 'killed', guest: 'gone', cell: 'host panic' })
})

void t.test('a guest whose VMM is dead does not run', async (t) => {
  const outcome = await outcomeOf(`
steps:
  - touch: redis
  - poison: { vmm: vm0 }
  - touch: { vmm: vm0 }`)

  t.match(outcome, { vm: 'killed', guest: 'gone', cell: 'VM lost' })
})

const TWO = `
vms:
  - name: vm0
    policy: sei
    tasks: [redis]
  - name: vm1
    policy: morse
    tasks: [nginx]
steps:
  - touch: [redis, nginx]`

void t.test('of two VMs each has its own state, its own panic and its own exception', async (t) => {
  const first = await outcomeOf(`${TWO}\n  - poison: redis\n  - touch: redis\n  - touch: nginx`)
  const second = await outcomeOf(`${TWO}\n  - poison: nginx\n  - touch: nginx\n  - touch: redis`)
  const both = await outcomeOf(`${TWO}\n  - poison: nginx\n  - touch: nginx\n  - poison: redis\n  - touch: redis`)

  t.match(first, { guest: 'panicked', guests: { vm0: 'panicked', vm1: 'running' }, tasks: { nginx: 'completed' } })
  t.strictSame(first.mismatches, [], 'told by SError what the hardware raised as SError')
  t.match(second, { guest: 'running', guests: { vm0: 'running', vm1: 'running' }, avoidablePanic: false })
  t.strictSame(second.mismatches, [{ hardware: 'SError', guest: 'SEA' }])
  t.equal(both.avoidablePanic, true, 'an error that another VM met has nothing to do with it')
  t.match(both.poisonedPages, { host: 2, guest: 1 })
})

void t.test('that an error could not be survived is no matter of errors that other VMs met', async (t) => {
  const poisonElsewhere = '- poison: { task: nginx, address: false, exception: SEA }'
  const outcome = await outcomeOf(`${TWO}\n  - poison: redis\n  - touch: redis\n  ${poisonElsewhere}\n  - touch: nginx`)

  t.equal(outcome.avoidablePanic, true)
})

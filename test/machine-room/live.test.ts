import t from 'tap'
import { MODELS } from '../../services/layers.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { systemOfRoom } from '../../shared/machine-room/system.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { shortHash } from '../support/golden.ts'

/** The journal of a scenario on a room whose handlers stay on the stack, or are run again with each answer. */
async function journalOf(scenario: Parameters<typeof runScenario>[1], live: boolean): Promise<string> {
  const room = new MachineRoom(MODELS, { machines: [], live })
  const { journal } = await runScenario(systemOfRoom(room), scenario, 'm0')
  return shortHash(journal)
}

void t.test(
  'whether handlers stay on the stack or are run again, every shipped scenario has the same journal',
  async (t) => {
    const read = readScenarios([SHIPPED])
    if ('errors' in read) throw new Error('the shipped scenarios cannot be read')
    for (const { file, scenario } of read.scenarios) {
      t.equal(await journalOf(scenario, false), await journalOf(scenario, true), file)
    }
  }
)

void t.test('handlers that wait for more than can be on the stack are run again', async (t) => {
  const machines = Array.from({ length: 300 }, (_, index) => `m${index}`)
  const room = new MachineRoom(MODELS, { machines })
  for (const machine of machines) room.post(machine, vmCreate, { vm: 'vm0', policy: 'morse' })

  room.settle()

  const lengths = machines.map((machine) => room.journal().filter((entry) => entry.machine === machine).length)
  t.equal(new Set(lengths).size, 1, 'all machines are as far')
  t.ok((lengths[0] ?? 0) > 20)
})

void t.test('without a journal, where notes are not made, every message of the story has the same id', async (t) => {
  const story = (journal: boolean) => {
    const room = new MachineRoom(MODELS, { journal, machines: ['m0'] })
    room.post('m0', vmCreate, { vm: 'vm0', policy: 'morse' })
    room.settle()
    const mappings = [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
    room.ask('m0', taskCreate, { vm: 'vm0', pid: 1200, comm: 'redis', mappings })
    const touch = { vm: 'vm0', pid: 1200, guestVirtual: 0xffff_9000_0018n, access: 'load' }
    room.post('m0', taskAccess, touch)
    room.settle()
    const error = { kind: 'memory', signalled: 'SError', containment: 'UER', severity: 'recoverable' }
    room.post('m0', errorInject, { ...error, hostPhysical: 0x7c00_1000n })
    room.post('m0', taskAccess, touch)
    room.settle()
    return MODELS.map(({ layer }) => room.state(layer))
  }

  // States keep the ids of what they remember: the error, the signal, the record.
  t.strictSame(story(false), story(true))
})

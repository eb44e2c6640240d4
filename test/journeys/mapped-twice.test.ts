import t from 'tap'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { notificationChoose } from '../../shared/contracts/firmware.ts'
import { processAccess, processCreate } from '../../shared/contracts/host-kernel.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { readers, room } from '../support/room.ts'
import { services } from '../support/services.ts'

const PID = 119
const AT = 0xffff_9a80_1000n
const MAPPED = { hostPhysical: 0x7bf1_5000n, length: 0x1000n, backing: 'shmem' } as const

/** A process that wants to be told early consumes an error in a frame that it maps at two addresses. */
async function consumed(system: System) {
  await system.tell('m0', notificationChoose, { recoverable: 'SEA' })
  await system.ask('m0', processCreate, {
    pid: PID,
    comm: 'attached-twice',
    mceKill: 'early',
    mappings: [
      { hostVirtual: AT, ...MAPPED },
      { hostVirtual: AT + 0x10_0000n, ...MAPPED }
    ]
  })
  await system.tell('m0', errorInject, {
    kind: 'memory',
    hostPhysical: MAPPED.hostPhysical,
    signalled: 'SEA',
    containment: 'UER',
    severity: 'recoverable'
  })
  await system.tell('m0', processAccess, { pid: PID, hostVirtual: AT + 0x18n, access: 'load' })
  await system.settle()
  const journal = await system.journal('m0')
  const signals = readers(journal).notes('host.signal')
  return { signals, outcome: outcomeOf(journal) }
}

const ONE = [{ effect: 'handler' }, { effect: 'lost' }]

void t.test('one memory_failure() sends its consumer one SIGBUS, in process', async (t) => {
  const { system } = room()
  await system.createMachine('m0')
  const { signals, outcome } = await consumed(system)

  t.match(signals, ONE)
  t.equal(signals.length, ONE.length + 1, 'and the access that runs again meets the hwpoison entry')
  t.equal(outcome.processSignals['attached-twice']?.length, 2)
})

void t.test('and over HTTP', async (t) => {
  const { system } = await services(t)
  const [here, there] = [room().system, system]
  await here.createMachine('m0')

  t.strictSame(await consumed(there), await consumed(here))
})

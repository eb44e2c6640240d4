import t from 'tap'
import { errorRecordSubmit } from '../../shared/contracts/firmware.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { fwCfgWrite, vmCreate } from '../../shared/contracts/vmm.ts'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { room } from '../support/room.ts'

const M = 'm0'
const POLLED = 1
const record = (physicalAddress: bigint, severity: 'recoverable' | 'fatal' = 'recoverable') =>
  memoryReport({ severity, threshold: false, physicalAddress })

async function machine() {
  const { bus, system } = room()
  await system.createMachine(M)
  return { bus, system }
}

void t.test(
  'a record that was held back is told once the one before it is acknowledged, and says so then',
  async (t) => {
    const { system } = await machine()
    await system.tell(M, errorRecordSubmit, { source: POLLED, bytes: record(0x4800_0000n) })
    const second = await system.tell(M, errorRecordSubmit, { source: POLLED, bytes: record(0x4800_1000n) })

    const before = await system.became(M, errorRecordSubmit, second)
    await system.advance(10e9)
    const after = await system.became(M, errorRecordSubmit, second)

    t.match(before, { became: 'held', outcome: [] })
    t.match(after, { became: 'settled', held: [] })
    t.match(after.outcome, [{ type: 'record.published', data: { source: POLLED } }])
  }
)

void t.test('what waits for a timer of a kernel that has panicked waits for ever', async (t) => {
  const { system } = await machine()
  const polled = await system.tell(M, errorRecordSubmit, { source: POLLED, bytes: record(0x4800_0000n) })

  await system.tell(M, errorRecordSubmit, { source: 3, bytes: record(0x4800_1000n, 'fatal') })
  const became = await system.became(M, errorRecordSubmit, polled)

  t.match(became, { became: 'held', held: [{ layer: 'host-kernel', until: /^never, .*Fatal hardware error/ }] })
})

void t.test('a question that was refused is the affair of who asked: what that led to is the outcome', async (t) => {
  const { system } = await machine()
  await system.tell(M, errorRecordSubmit, { source: 3, bytes: record(0x4800_1000n, 'fatal') })
  await system.settle()

  const id = await system.tell(M, vmCreate, { vm: 'vm0' })
  const became = await system.became(M, vmCreate, id)

  t.match(became, { became: 'settled', refused: [] })
  t.ok(became.outcome.some(({ type, says }) => type === 'neighbour.refused' && says.includes('kernel-panicked')))
  t.match(became.outcome.at(-1), { type: 'vm.ended', data: { state: 'failed' } })
})

void t.test('of two accesses that waited each has its own end, and an error has who consumed it', async (t) => {
  const { bus, system } = await machine()
  await system.tell(M, vmCreate, { vm: 'vm0', policy: 'morse', guest: { firmware: false } })
  await system.settle()
  const mappings = [
    { guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n },
    { guestVirtual: 0xffff_9100_0000n, guestPhysical: 0x4000_5000n, length: 0x1000n }
  ]
  await system.ask(M, taskCreate, { vm: 'vm0', pid: 1200, comm: 'redis', mappings })
  const touch = (guestVirtual: bigint) =>
    system.tell(M, taskAccess, { vm: 'vm0', pid: 1200, guestVirtual, access: 'load' as const })
  const first = await touch(0xffff_9000_0000n)
  const second = await touch(0xffff_9100_0000n)

  await system.ask(M, fwCfgWrite, { vm: 'vm0' })
  await system.settle()
  const ends = [await system.became(M, taskAccess, first), await system.became(M, taskAccess, second)]

  t.match(ends[0]?.outcome.at(-1), { type: 'guest.access', data: { guestVirtual: '0xffff90000000' } })
  t.match(ends[1]?.outcome, [{ type: 'guest.access', data: { guestVirtual: '0xffff91000000' } }])

  const lines = bus.journal().filter(({ kind, type }) => kind === 'message' && type === 'stage2.map')
  const { hostPhysical } = lines.at(-1)?.data as { hostPhysical: bigint }
  const poison = {
    kind: 'memory',
    hostPhysical,
    signalled: 'SEA',
    containment: 'UER',
    severity: 'recoverable'
  } as const
  const planted = await system.tell(M, errorInject, poison)
  await touch(0xffff_9100_0000n)
  const consumed = await system.became(M, errorInject, planted)

  t.match(consumed, { became: 'settled', outcome: [{ type: 'error.planted' }] })
  t.match(consumed.outcome.at(-1), { type: 'guest.access', data: { outcome: 'killed' } })
})

import type { Notification } from '../../shared/contracts/common.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import t from 'tap'
import { errorInject, routingSet } from '../../shared/contracts/hardware.ts'
import { notificationChoose } from '../../shared/contracts/firmware.ts'
import { processAccess, processCreate } from '../../shared/contracts/host-kernel.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { runOut } from '../../shared/scenario/run-out.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { readers, room, type Readers } from '../support/room.ts'

/** SCR_EL3.EA = 0: external aborts and SErrors do not reach firmware; no record exists that APEI could read. */
const KERNEL_FIRST = { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true }
const RECOVERABLE = { kind: 'memory', containment: 'UER', severity: 'recoverable', signalled: 'SEA' } as const

const REDIS = { pid: 1200, guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n }
const NGINX = { pid: 1300, guestVirtual: 0xffff_9100_0000n, guestPhysical: 0x4000_5000n }

type Injected = Partial<DataOf<typeof errorInject>>
type Routing = DataOf<typeof routingSet>
type Run = Readers & { readonly outcome: Outcome }

async function runOf(system: System): Promise<Run> {
  const journal = await system.journal('m0')
  return { outcome: outcomeOf(journal), ...readers(journal) }
}

/** A guest's task consumes an error; a task beside it goes on, if it can. */
async function inGuest(error: Injected, routing: Routing = KERNEL_FIRST): Promise<Run> {
  const { system } = room()
  await system.createMachine('m0')
  await system.tell('m0', routingSet, routing)
  await system.tell('m0', vmCreate, { vm: 'vm0', policy: 'morse' })
  await system.settle()
  for (const [comm, { pid, ...mapping }] of [['redis', REDIS] as const, ['nginx', NGINX] as const]) {
    const mappings = [{ ...mapping, length: 0x1000n }]
    await system.ask('m0', taskCreate, { vm: 'vm0', pid, comm, mappings })
  }
  const touch = async ({ pid, guestVirtual }: typeof REDIS) => {
    const access = { vm: 'vm0', pid, guestVirtual: guestVirtual + 0x18n, access: 'load' as const }
    await system.tell('m0', taskAccess, access)
    await system.settle()
  }
  await touch(REDIS)
  const { messages } = await runOf(system)
  const map = messages('stage2.map').at(-1) as { guestPhysical: string; hostPhysical: string }
  const hostPhysical = BigInt(map.hostPhysical) + REDIS.guestPhysical - BigInt(map.guestPhysical)
  await system.tell('m0', errorInject, { ...RECOVERABLE, hostPhysical, ...error })
  await touch(REDIS)
  if ((await runOf(system)).outcome.guest === 'running') await touch(NGINX)
  await runOut(system, 'm0')
  return runOf(system)
}

interface InProcess {
  readonly error: Injected
  readonly routing?: Routing
  readonly notify?: Notification
  readonly via?: 'user' | 'syscall'
}

/** A process of the host consumes an error; it had asked to be told early. */
async function inProcess({ error, routing = KERNEL_FIRST, notify = 'GSIV', via = 'user' }: InProcess): Promise<Run> {
  const { system } = room()
  await system.createMachine('m0')
  await system.tell('m0', notificationChoose, { recoverable: notify })
  await system.tell('m0', routingSet, routing)
  await system.ask('m0', processCreate, {
    pid: 119,
    comm: 'victim',
    mceKill: 'early',
    mappings: [{ hostVirtual: 0xffff_9a80_1000n, hostPhysical: 0x7bf1_5000n, length: 0x1000n, backing: 'anonymous' }]
  })
  await system.tell('m0', errorInject, { ...RECOVERABLE, hostPhysical: 0x7bf1_5000n, ...error })
  const access = { pid: 119, hostVirtual: 0xffff_9a80_1018n, access: 'load' as const, via }
  await system.tell('m0', processAccess, access)
  await system.advance(3e9)
  await runOut(system, 'm0')
  return runOf(system)
}

/** The exceptions that entered the guest: vector and ESR_EL1. */
const entered = ({ messages }: Run) =>
  messages('vcpu.enter').flatMap(({ exception }) => {
    const taken = exception as { vector: number; esr_el1: string } | undefined
    return taken === undefined ? [] : [[taken.vector, taken.esr_el1]]
  })
const signals = ({ notes }: Run, type: string) =>
  notes(type).map(({ info, forced }) => {
    const { code, address } = info as { code: number; address: string }
    return [code, address, forced]
  })

const BUS_OBJERR = 3
const BUS_MCEERR_AR = 4
const BUS_MCEERR_AO = 5
const BYTE = '0xffff9a801018'
const PAGE = '0xffff9a801000'

void t.test("a guest's SEA at EL2 that no record explains becomes an SError, and the guest panics", async (t) => {
  const run = await inGuest({ signalled: 'SEA' })

  t.match(run.messages('exception.take').at(-1), { exception: 'SEA', el: 2, esr: '0x92000010' })
  t.strictSame(entered(run), [[0x580, '0xbf000000']], 'IDS set: it says no more than that')
  t.match(run.outcome, { host: 'running', guest: 'panicked', vm: 'guest-panicked', signals: [] })
  t.strictSame(run.outcome.poisonedPages, { host: 0, guest: 0 })
})

void t.test('SErrors at EL2, by how far the error has spread', async (t) => {
  const restartable = await inGuest({ signalled: 'SError', containment: 'UEO' })
  const recoverable = await inGuest({ signalled: 'SError', containment: 'UER' })
  const uncontained = await inGuest({ signalled: 'SError', containment: 'UC', severity: 'fatal' })

  t.match(restartable.outcome, { host: 'running', guest: 'running' }, 'UEO is survived')
  t.strictSame(entered(restartable), [], 'and the guest not told')
  t.equal(restartable.outcome.livelock, true, 'but nothing has taken the page away')
  t.match(recoverable.outcome, { host: 'running', guest: 'panicked' }, 'UER is handed to the guest, which panics')
  t.strictSame(entered(recoverable), [[0x580, '0xbf000000']])
  t.match(uncontained.outcome, { host: 'panicked' }, 'UC is the end of the host')
})

void t.test('without HCR_EL2.TEA the SEA goes straight to the guest, which kills its task by BUS_OBJERR', async (t) => {
  const run = await inGuest({ signalled: 'SEA' }, { ...KERNEL_FIRST, hcrEl2Tea: false })

  t.strictSame(entered(run), [[0x400, '0x92000010']])
  t.strictSame(signals(run, 'guest.signal'), [[BUS_OBJERR, '0xffff90000018', true]])
  t.match(run.outcome, { host: 'running', guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
  t.equal(run.messages('exception.take').filter(({ exception }) => exception === 'SEA').length, 0, 'KVM saw nothing')
})

void t.test('without HCR_EL2.AMO the SError goes straight to the guest, which panics with its syndrome', async (t) => {
  const run = await inGuest({ signalled: 'SError' }, { ...KERNEL_FIRST, hcrEl2Amo: false })

  t.strictSame(entered(run), [[0x580, '0xbe000c11']])
  t.match(run.outcome, { host: 'running', guest: 'panicked' })
})

void t.test("a host process's SEA that no record explains is BUS_OBJERR at the byte", async (t) => {
  const run = await inProcess({ error: { signalled: 'SEA' } })

  t.strictSame(signals(run, 'host.signal'), [[BUS_OBJERR, BYTE, true]])
  t.strictSame(run.notes('host.trace'), [], 'no page is isolated')
})

void t.test("the host kernel's own access in a system call is an oops, with a record or without", async (t) => {
  const FIRMWARE_FIRST = { ...KERNEL_FIRST, scrEl3Ea: true }
  for (const routing of [KERNEL_FIRST, FIRMWARE_FIRST]) {
    const run = await inProcess({ error: { signalled: 'SEA' }, routing, notify: 'SEA', via: 'syscall' })

    t.match(run.notes('host.access'), [{ outcome: 'oops' }])
    t.ok(run.notes('host.printk').some(({ text }) => /synchronous external abort: 0000000096000010/.test(String(text))))
    t.strictSame(run.notes('host.trace'), [], 'APEI is not asked')
  }
})

void t.test("a host process's SError: UEO is survived and taken again and again, all else is a panic", async (t) => {
  const restartable = await inProcess({ error: { signalled: 'SError', containment: 'UEO' } })
  const recoverable = await inProcess({ error: { signalled: 'SError' } })

  t.strictSame([restartable.notes('host.panic'), restartable.notes('host.signal')], [[], []])
  t.equal(restartable.notes('pe.livelock').length, 1, 'nothing has taken the page away')
  t.match(recoverable.notes('host.panic'), [{ text: 'Asynchronous SError Interrupt' }])
})

for (const notify of ['SEA', 'GSIV', 'SDEI', 'POLLED'] as const) {
  for (const signalled of ['SEA', 'SError'] as const) {
    void t.test(
      `a host process's ${signalled} told by ${notify} is AO for the page, then AR for the byte`,
      async (t) => {
        const run = await inProcess({ error: { signalled }, routing: { ...KERNEL_FIRST, scrEl3Ea: true }, notify })

        t.strictSame(signals(run, 'host.signal'), [
          [BUS_MCEERR_AO, PAGE, false],
          [BUS_MCEERR_AR, BYTE, true]
        ])
        t.match(run.notes('host.access'), [{ outcome: 'signalled' }])
        t.match(run.notes('host.trace'), [{ text: /pfn 0x7bf15: recovery action for dirty LRU page: Recovered/ }])
      }
    )
  }
}

import fc from 'fast-check'
import type { Notification } from '../../shared/contracts/common.ts'
import t from 'tap'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { notificationChoose } from '../../shared/contracts/firmware.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { readers, room } from '../support/room.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

const VM_RAM = 0x4000_0000n
const PAGE = 0x1000n
/** Guest pages that tasks own; task n owns page n. */
const PAGES = 4
const pageOf = (index: number) => VM_RAM + PAGE * BigInt(16 + index)
const virtualOf = (index: number) => 0xffff_9000_0000n + PAGE * BigInt(index)

type Step =
  | {
      readonly do: 'touch'
      readonly page: number
      readonly access: 'load' | 'store' | 'fetch'
      readonly via: 'user' | 'syscall'
    }
  | {
      readonly do: 'error'
      readonly page: number
      readonly signalled: 'SEA' | 'SError' | 'interrupt'
      readonly containment: 'UER' | 'UEO'
    }
  | { readonly do: 'corrected'; readonly page: number; readonly signalled: 'SEA' | 'interrupt' }
  | { readonly do: 'wait' }

const page = fc.nat({ max: PAGES - 1 })
const touch: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('touch' as const),
  page,
  access: fc.constantFrom('load' as const, 'store' as const, 'fetch' as const),
  via: fc.constantFrom('user' as const, 'user' as const, 'user' as const, 'syscall' as const)
})
const error: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('error' as const),
  page,
  signalled: fc.constantFrom('SEA' as const, 'SError' as const, 'interrupt' as const),
  containment: fc.constantFrom('UER' as const, 'UEO' as const)
})
const corrected: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('corrected' as const),
  page,
  signalled: fc.constantFrom('SEA' as const, 'interrupt' as const)
})
const wait: fc.Arbitrary<Step> = fc.constant({ do: 'wait' })
const setup = fc.record({
  policy: fc.constantFrom('morse', 'mirror', 'sei'),
  notify: fc.constantFrom('SEA', 'GSIV', 'POLLED', 'SDEI')
})
const QUICK = { numRuns: 60 }

interface Run {
  readonly journal: readonly WireEntry[]
  readonly hostPhysicalOf: (guestPhysical: bigint) => bigint
}

/** Runs the steps on a machine with one VM and a task a page; what a dead guest or machine refuses is left out. */
async function play(machine: { policy: string; notify: Notification }, steps: readonly Step[]): Promise<Run> {
  const { system } = room()
  await system.createMachine('m0')
  await system.tell('m0', notificationChoose, { recoverable: machine.notify })
  await system.tell('m0', vmCreate, { vm: 'vm0', policy: machine.policy })
  await system.settle()
  for (let index = 0; index < PAGES; index++) {
    const mappings = [{ guestVirtual: virtualOf(index), guestPhysical: pageOf(index), length: PAGE }]
    await system.ask('m0', taskCreate, { vm: 'vm0', pid: 100 + index, comm: `task${index}`, mappings })
  }
  const created = (await system.journal('m0')).find(
    (entry) => entry.kind === 'answer' && entry.type === 'process.create'
  )
  const [mapping] = (created?.data as { mappings: { hostPhysical: string }[] }).mappings
  const base = BigInt(mapping?.hostPhysical ?? '0x0')
  const hostPhysicalOf = (guestPhysical: bigint) => base + (guestPhysical - VM_RAM)
  for (const step of steps) await playStep(system, step, hostPhysicalOf).catch(onlyRefusals)
  return { journal: await system.journal('m0'), hostPhysicalOf }
}

function onlyRefusals(problem: unknown): void {
  if (!(problem instanceof Error) || !/refused task.access: (task-unknown|kernel-panicked)/.test(problem.message))
    throw problem
}

async function playStep(system: System, step: Step, hostPhysicalOf: Run['hostPhysicalOf']): Promise<void> {
  if (step.do === 'wait') return system.advance(3e9)
  if (step.do === 'touch') {
    const { access, via } = step
    const guestVirtual = virtualOf(step.page) + 0x18n
    await system.tell('m0', taskAccess, { vm: 'vm0', pid: 100 + step.page, guestVirtual, access, via })
  } else {
    const severity = step.do === 'error' ? 'recoverable' : 'corrected'
    const containment = step.do === 'error' ? step.containment : 'CE'
    const hostPhysical = hostPhysicalOf(pageOf(step.page))
    const { signalled } = step
    await system.tell('m0', errorInject, {
      kind: 'memory',
      hostPhysical,
      signalled,
      containment,
      severity
    })
  }
  await system.settle()
}

const everything = fc.array(fc.oneof(touch, touch, error, corrected, wait), { maxLength: 12 })

void t.test('no access to a poisoned line ever completes', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, everything, async (machine, steps) => {
      const { journal, hostPhysicalOf } = await play(machine, steps)
      const poisoned = new Set<bigint>()
      for (const entry of journal) {
        const data = entry.data as { severity: string; hostPhysical: string; access: { physical: string } }
        if (entry.type === 'error.inject' && entry.kind === 'message' && data.severity === 'recoverable') {
          poisoned.add(BigInt(data.hostPhysical) >> 6n)
        }
        if (entry.type === 'access.complete' && entry.kind === 'message') {
          if (poisoned.has(hostPhysicalOf(BigInt(data.access.physical)) >> 6n)) return false
        }
      }
      return true
    }),
    QUICK
  )
  t.pass()
})

void t.test('a poisoned PFN counts once on either side, however many reports arrive', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, everything, async (machine, steps) => {
      const { notes } = readers((await play(machine, steps)).journal)
      return ['host.trace', 'guest.trace'].every((type) => {
        const counted = notes(type).filter(({ event }) => event === 'memory_failure_event')
        const frames = counted.map(({ text }) => /pfn (0x[0-9a-f]+)/.exec(String(text))?.[1])
        return new Set(frames).size === frames.length
      })
    }),
    QUICK
  )
  t.pass()
})

void t.test(
  'AR goes only to the thread in whose context the error was taken; from KVM it is not forced, nor is AO',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(setup, everything, async (machine, steps) => {
        const { messages } = readers((await play(machine, steps)).journal)
        return messages('signal.deliver').every(({ codeName, tid, pid, forced }) =>
          codeName === 'BUS_MCEERR_AR' ? tid !== pid && forced === false : tid === pid && forced === false
        )
      }),
      QUICK
    )
    t.pass()
  }
)

void t.test('a signal from the guest kernel itself for a consumed error is forced', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, everything, async (machine, steps) => {
      const { notes } = readers((await play(machine, steps)).journal)
      return notes('guest.signal').every(({ forced, info }) => (info as { code: number }).code !== 4 || forced === true)
    }),
    QUICK
  )
  t.pass()
})

void t.test('si_addr lies inside the lost span', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, everything, async (machine, steps) => {
      const { messages } = readers((await play(machine, steps)).journal)
      const lost = new Set(messages('stage2.unmap').map(({ guestPhysical }) => BigInt(guestPhysical as string)))
      return messages('signal.deliver').every(({ hostVirtual, addressLsb }) => {
        const span = 1n << BigInt(addressLsb as number)
        const guestPhysical = (BigInt(hostVirtual as string) & ~(span - 1n)) - 0xffff_8000_0000n + VM_RAM
        return [...lost].some((start) => start >= guestPhysical && start < guestPhysical + span)
      })
    }),
    QUICK
  )
  t.pass()
})

void t.test('corrected errors alone kill nobody', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, fc.array(fc.oneof(touch, corrected, wait), { maxLength: 12 }), async (machine, steps) => {
      const { notes, messages } = readers((await play(machine, steps)).journal)
      return (
        messages('signal.deliver').length === 0 &&
        notes('vm.ended').length === 0 &&
        notes('guest.access').every(({ outcome }) => outcome === 'completed')
      )
    }),
    QUICK
  )
  t.pass()
})

void t.test('the same steps give the same trace, id for id', async (t) => {
  await fc.assert(
    fc.asyncProperty(setup, everything, async (machine, steps) => {
      const [one, other] = [await play(machine, steps), await play(machine, steps)]
      t.strictSame(one.journal, other.journal)
    }),
    { numRuns: 10 }
  )
})

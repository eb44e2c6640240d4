import { guestPrintk, guestSignal, guestTrace } from '../../shared/contracts/notes/guest.ts'
import { guestStep } from '../../shared/contracts/notes/steps.ts'
import { readMemory, writeMemory, type SparseMemory } from '../../shared/sparse/memory.ts'
import type { Io } from '../../shared/model/io.ts'
import { kernelOf, stateOf } from '../../shared/linux/kernel/create.ts'
import { extendLog } from '../../shared/linux/kernel/log.ts'
import { returnToUser } from '../../shared/linux/kernel/signal.ts'
import type { Kernel, KernelEvent, SignalDelivery } from '../../shared/linux/kernel/state.ts'
import type { AccessResult, Guest, PageTable, Poll, Vcpu } from './state.ts'

/** The working copy of one guest for the length of one step. */
export interface Session {
  readonly io: Io
  readonly vm: string
  readonly k: Kernel
  readonly guest: Guest
  memory: SparseMemory
  vcpus: readonly Vcpu[]
  polls: ReadonlyMap<number, Poll>
  results: readonly AccessResult[]
  pageTables: readonly PageTable[]
  booted: boolean
  readonly events: KernelEvent[]
  /** Signals of this step, in order. */
  readonly signals: SignalDelivery[]
  /** Parts of address spaces whose translations this step has taken away. */
  readonly gone: Gone[]
}

export interface Gone {
  readonly pid: number
  readonly virtual: bigint
  readonly length: bigint
}

const KEPT_RESULTS = 256

/** Opens a guest for a step: its kernel reads and writes the guest's own memory, and the journal hears of all it says. */
export function openGuest(guest: Guest, io: Io): Session {
  const events: KernelEvent[] = []
  const signals: SignalDelivery[] = []
  const session: Session = {
    io,
    vm: guest.vm,
    guest,
    memory: guest.memory,
    vcpus: guest.vcpus,
    polls: guest.polls,
    results: guest.results,
    pageTables: guest.pageTables,
    booted: guest.booted,
    events,
    signals,
    gone: [],
    k: kernelOf(guest.kernel, {
      now: io.now,
      readPhysical: (address, length) => readMemory(session.memory, address, length),
      writePhysical(address, bytes) {
        session.memory = writeMemory(session.memory, address, bytes) ?? session.memory
      },
      invalidate: (pid, virtual, length) => session.gone.push({ pid, virtual, length }),
      signal(delivery) {
        signals.push(delivery)
        io.note(guestSignal, { vm: guest.vm, ...delivery })
      },
      event(event) {
        events.push(event)
        noteEvent(io, guest.vm, event)
      }
    })
  }
  return session
}

/** What the kernel of a VM says, as the journal has it. */
function noteEvent(io: Io, vm: string, event: KernelEvent): void {
  switch (event.type) {
    case 'printk':
      return io.note(guestPrintk, { vm, ...event })
    case 'trace':
      return io.note(guestTrace, { vm, ...event })
    case 'step':
      return io.note(guestStep, { vm, ...event })
  }
}

export function closeGuest(s: Session): Guest {
  returnToUser(s.k)
  return {
    ...s.guest,
    memory: s.memory,
    vcpus: s.vcpus,
    polls: s.polls,
    booted: s.booted,
    pageTables: s.pageTables,
    results: s.results.length > KEPT_RESULTS ? s.results.slice(-KEPT_RESULTS) : s.results,
    kernel: stateOf(s.k),
    log: extendLog(s.guest.log, s.events, s.signals, s.io.now)
  }
}

export function changeVcpu(s: Session, index: number, change: Partial<Vcpu>): void {
  s.vcpus = s.vcpus.map((vcpu) => (vcpu.index === index ? { ...vcpu, ...change } : vcpu))
}

import type { GuestCreate, TaskAccess, TaskCreate, VcpuEnter } from '../../shared/contracts/guest.ts'
import { readMemory, writeMemory } from '../../shared/formats/sparse-memory.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import type { Input } from '../../shared/model/step.ts'
import { findMappingFault } from '../../shared/linux/mm/check-mappings.ts'
import { notifyHed } from '../../shared/linux/apei/ghes-notify-hed.ts'
import { KWORKER } from '../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import { createProcess, runningProcess } from '../../shared/linux/kernel/task.ts'
import { boot } from './boot.ts'
import { awaitPolls, missPoll, poll } from './poll.ts'
import { changeVcpu, closeGuest, openGuest, type Session } from './session.ts'
import { EMPTY_GUESTS, newGuest, restarted, type Guest, type GuestsState, type Range, type Vcpu } from './state.ts'
import { leaveIfPanicked, takeException } from './take-exception.ts'
import { endWork, proceed } from './task-access.ts'

/**
 * The guest layer: a Linux kernel, its tasks and its memory. It is the same kernel model as the host's and does not
 * know that it is a guest: accesses go out to the memory system, exceptions and interrupts come in.
 */
export const guestModel = procedure<GuestsState>('guest', () => EMPTY_GUESTS, handle)

const DEFAULT_USER_PC = 0x400c10n

function handle(state: GuestsState, input: Input, io: Io): GuestsState {
  if (input.type === 'machine.start') return state
  const { vm } = input.data as { vm: string }
  const guest = state.vms.get(vm)
  const put = (next: Guest): GuestsState => ({ vms: new Map(state.vms).set(vm, next) })
  if (input.type === 'guest.create') {
    if (guest !== undefined) io.refuse('already-exists', `vm ${vm} exists already`, '/vm')
    requireRam(input.data as GuestCreate, io)
    io.answer({})
    return put(newGuest(input.data as GuestCreate))
  }
  if (guest === undefined) return io.refuse('vm-unknown', `no vm ${vm} in this guest service`, '/vm')
  if (input.type === 'guest.reset') {
    io.answer({})
    return put(restarted(guest, (input.data as { replaced?: readonly Range[] }).replaced ?? []))
  }
  const session = openGuest(guest, io)
  dispatch(session, input)
  return put(closeGuest(session))
}

/** A guest's RAM is whole pages, and has an end. */
function requireRam({ guestPhysical, length }: GuestCreate, io: Io): void {
  const fault = findMappingFault([{ virtual: guestPhysical, physical: undefined, length }], [])
  if (fault === undefined) return
  io.refuse('range-invalid', `RAM: ${fault.detail}`, fault.part === 'length' ? '/length' : '/guestPhysical')
}

function dispatch(s: Session, { type, data }: Input): void {
  switch (type) {
    case 'memory.read': {
      const { guestPhysical, length } = data as { guestPhysical: bigint; length: number }
      const bytes = readMemory(s.memory, guestPhysical, length) ?? outside(s, guestPhysical)
      return s.io.answer({ bytes })
    }
    case 'memory.write': {
      const { guestPhysical, bytes } = data as { guestPhysical: bigint; bytes: Uint8Array }
      s.memory = writeMemory(s.memory, guestPhysical, bytes) ?? outside(s, guestPhysical)
      s.io.answer({})
      return awaitPolls(s)
    }
    case 'task.create':
      return onTaskCreate(s, data as TaskCreate)
    case 'task.access':
      return onTaskAccess(s, data as TaskAccess)
    case 'vcpu.enter':
      return onEnter(s, data as VcpuEnter)
    case 'vcpu.interrupt':
      return onInterrupt(s, data as { vcpu: number; intid: number })
    case 'access.complete': {
      const { vcpu } = data as { vcpu: number }
      requireVcpu(s, vcpu)
      const current = s.vcpus[vcpu]?.current
      if (current !== undefined)
        endWork(s, vcpu, runningProcess(s.k, current.pid) === undefined ? 'killed' : 'completed')
      return proceed(s, vcpu)
    }
    case 'vcpu.stop': {
      const { index } = requireVcpu(s, (data as { vcpu: number }).vcpu)
      return changeVcpu(s, index, { running: false })
    }
    case 'ghes.poll': {
      const { source, start } = data as { source: number; start: number }
      if (s.k.panic !== undefined || start !== s.guest.start) return
      if (!s.vcpus.some(({ running }) => running)) return missPoll(s, source)
      s.io.note('guest.flow', { vm: s.vm, flow: 'POLL', source })
      poll(s, source)
      return leaveIfPanicked(s, 0)
    }
    default:
      return s.io.refuse('event-type-unknown', `the guest does not know ${type}`)
  }
}

function requireVcpu(s: Session, vcpu: number): Vcpu {
  return s.vcpus[vcpu] ?? s.io.refuse('vcpu-unknown', `vm ${s.vm} has no vCPU ${vcpu}`, '/vcpu')
}

function outside(s: Session, address: bigint): never {
  const { start, end } = s.memory
  const range = `[0x${start.toString(16)}, 0x${end.toString(16)})`
  return s.io.refuse('address-outside-memory', `0x${address.toString(16)} is not within ${range}`, '/guestPhysical')
}

const FIELD = { virtual: 'guestVirtual', physical: 'guestPhysical', length: 'length' } as const

function requireMappable(s: Session, mappings: TaskCreate['mappings']): void {
  const wanted = mappings.map(({ guestVirtual, guestPhysical, length }) => ({
    virtual: guestVirtual,
    physical: guestPhysical,
    length
  }))
  const fault = findMappingFault(wanted, [s.memory])
  if (fault !== undefined) s.io.refuse(fault.code, fault.detail, `/mappings/${fault.index}/${FIELD[fault.part]}`)
}

function onTaskCreate(s: Session, task: TaskCreate): void {
  if (runningProcess(s.k, task.pid) !== undefined) s.io.refuse('already-exists', `pid ${task.pid} runs`, '/pid')
  requireMappable(s, task.mappings)
  addPageTables(s, task)
  createProcess(s.k, {
    pid: task.pid,
    comm: task.comm,
    threads: [
      {
        tid: task.pid,
        mceKill: task.mceKill ?? 'default',
        sigbus: { action: task.sigbus ?? 'default', blocked: false }
      }
    ],
    vmas: task.mappings.map((mapping) => ({
      virtual: mapping.guestVirtual,
      physical: mapping.guestPhysical,
      length: mapping.length,
      backing: mapping.backing ?? 'anonymous',
      dirty: mapping.dirty ?? true,
      mlocked: false,
      pinned: false
    }))
  })
  s.io.answer({})
}

function onTaskAccess(s: Session, { pid, vcpu = 0, guestVirtual, access, via = 'user', pc, masked }: TaskAccess): void {
  if (runningProcess(s.k, pid) === undefined) s.io.refuse('task-unknown', `no task with pid ${pid} runs`, '/pid')
  const target = requireVcpu(s, vcpu)
  if (s.k.panic !== undefined) s.io.refuse('kernel-panicked', `vm ${s.vm} has panicked: ${s.k.panic}`)
  const tableEntry = via === 'walk' ? tableEntryOf(s, pid, guestVirtual) : undefined
  const work = { pid, guestVirtual, access, via, masked: masked ?? false, tableEntry, pc: pc ?? DEFAULT_USER_PC }
  changeVcpu(s, vcpu, { waiting: [...target.waiting, work] })
  if (target.current === undefined) proceed(s, vcpu)
}

/** The pages that hold tables are the kernel's own: memory_failure() can do nothing about them. */
function addPageTables(s: Session, { pid, mappings }: TaskCreate): void {
  const tables = mappings.flatMap(({ guestVirtual, length, pageTable }) =>
    pageTable === undefined ? [] : [{ pid, virtual: guestVirtual, length, physical: pageTable }]
  )
  if (tables.length === 0) return
  const frames = tables.map(({ physical }) => ({
    start: physical,
    end: physical + 0x1000n,
    kind: 'page-table' as const
  }))
  s.k.frames = [...frames, ...s.k.frames]
  s.pageTables = [...s.pageTables, ...tables]
}

const PAGE_SHIFT = 12n
const ENTRIES = 512n
const ENTRY_SIZE = 8n

/** Guest physical address of the level 3 entry for an address. */
function tableEntryOf(s: Session, pid: number, virtual: bigint): bigint {
  const table = s.pageTables.find(
    (one) => one.pid === pid && virtual >= one.virtual && virtual < one.virtual + one.length
  )
  if (table === undefined) {
    s.io.refuse('address-unmapped', 'no table was named for the mapping of this address', '/guestVirtual')
  }
  return table.physical + ((virtual >> PAGE_SHIFT) % ENTRIES) * ENTRY_SIZE
}

function onEnter(s: Session, { vcpu, exception }: VcpuEnter): void {
  requireVcpu(s, vcpu)
  changeVcpu(s, vcpu, { running: true })
  if (!s.booted) {
    boot(s)
    leaveIfPanicked(s, vcpu)
  }
  if (exception !== undefined) takeException(s, vcpu, exception)
  awaitPolls(s)
  proceed(s, vcpu)
}

/**
 * An SPI is taken between two instructions. The GED's runs its _EVT, which notifies PNP0C33, so every source of the
 * HED kind is looked at.
 */
function onInterrupt(s: Session, { vcpu, intid }: { vcpu: number; intid: number }): void {
  requireVcpu(s, vcpu)
  if (s.k.panic !== undefined) return
  if (intid !== s.guest.errorIntid) return s.io.note('guest.unmodelled', { vm: s.vm, intid, what: 'interrupt' })
  s.io.note('guest.flow', { vm: s.vm, flow: 'IRQ', intid })
  notifyHed(s.k)
  runMemoryFailureWork(s.k, vcpu, KWORKER)
  leaveIfPanicked(s, vcpu)
}

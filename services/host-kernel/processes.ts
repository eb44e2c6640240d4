import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import type {
  processAccess,
  processCreate,
  processExit,
  processRead,
  processRemap
} from '../../shared/contracts/host-kernel.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import type { Answering, Said } from '../../shared/model/io.ts'
import { findMappingFault } from '../../shared/linux/mm/check-mappings.ts'
import { EINVAL } from '../../shared/linux/kernel/errno.ts'
import { allocateFrames } from '../../shared/linux/mm/frame-alloc.ts'
import type { Process, Vma } from '../../shared/linux/kernel/state.ts'
import { firstPageFrom } from '../../shared/sparse/page-set.ts'
import { mappingShift, pageShift } from '../../shared/linux/mm/page-table.ts'
import {
  contextOf,
  createProcess,
  endProcess,
  runningProcess,
  taskCount,
  threadOf
} from '../../shared/linux/kernel/task.ts'
import { userAccess } from '../../shared/linux/arm64/user-access.ts'
import { mapVma, mmapFixed } from '../../shared/linux/mm/vma.ts'
import { queueAccess } from './process-access.ts'
import type { Session } from './session.ts'

type ProcessCreate = DataOf<typeof processCreate>

const PAGE = 0x1000n
const isPages = (value: bigint) => value % PAGE === 0n

/** Creates a process with its mappings and answers where they lie. */
export function onProcessCreate(s: Session, setup: ProcessCreate, { answer }: Answering<typeof processCreate>): Said {
  requireFreeIds(s, setup)
  requireMappable(s, setup.mappings)
  const leader = { tid: setup.pid }
  const threads = [leader, ...(setup.threads ?? []).filter(({ tid }) => tid !== setup.pid)]
  requireRoomFor('tasks', taskCount(s.k) + threads.length - 1, s.io, '/pid')
  createProcess(s.k, {
    pid: setup.pid,
    comm: setup.comm,
    threads: threads.map(({ tid }) => {
      const own = setup.threads?.find((thread) => thread.tid === tid)
      return {
        tid,
        mceKill: own?.mceKill ?? setup.mceKill ?? 'default',
        sigbus: { action: own?.sigbus ?? setup.sigbus ?? 'handler', blocked: own?.sigbusBlocked ?? false }
      }
    })
  })
  const vmas = setup.mappings.map((mapping, index) => map(s, setup.pid, mapping, `/mappings/${index}`))
  return answer({
    pid: setup.pid,
    mappings: vmas.map(({ virtual, physical, length }) => ({ hostVirtual: virtual, hostPhysical: physical, length }))
  })
}

/** Threads have ids of one space with processes. */
function requireFreeIds(s: Session, { pid, threads = [] }: ProcessCreate): void {
  if (runningProcess(s.k, pid) !== undefined) s.io.refuse('already-exists', `pid ${pid} runs`, '/pid')
  const taken = new Set<number>()
  for (const process of s.k.processes.values()) {
    if (process.state === 'running') for (const { tid } of process.threads) taken.add(tid)
  }
  if (taken.has(pid)) s.io.refuse('already-exists', `a thread ${pid} runs`, '/pid')
  for (const [index, { tid }] of threads.entries()) {
    if (taken.has(tid)) s.io.refuse('already-exists', `a thread ${tid} runs`, `/threads/${index}/tid`)
    taken.add(tid)
  }
}

/** What is no RAM of the machine is mapped as a device is. */
const NOT_OF_RAM: ReadonlySet<string> = new Set(['pfnmap', 'dax'])
const FIELD = { virtual: 'hostVirtual', physical: 'hostPhysical', length: 'length' } as const

function requireMappable(s: Session, mappings: ProcessCreate['mappings']): void {
  const wanted = mappings.map(({ hostVirtual, hostPhysical, length, backing }) => ({
    virtual: hostVirtual,
    physical: NOT_OF_RAM.has(backing) ? undefined : hostPhysical,
    length
  }))
  const fault = findMappingFault(wanted, s.k.memory, s.k.frames)
  if (fault !== undefined) s.io.refuse(fault.code, fault.detail, `/mappings/${fault.index}/${FIELD[fault.part]}`)
}

/** Maps one part of a new process; frames that the caller leaves open are the kernel's choice. */
function map(s: Session, pid: number, mapping: ProcessCreate['mappings'][number], field: string): Vma {
  const { hostVirtual, hostPhysical, length, backing } = mapping
  const open = {
    virtual: hostVirtual,
    physical: 0n,
    length,
    backing,
    dirty: mapping.dirty ?? true,
    mlocked: mapping.mlocked ?? false,
    pinned: mapping.pinned ?? false
  }
  const physical = hostPhysical ?? allocateFrames(s.k, length, mappingShift(s.k, open))
  if (physical === undefined) return s.io.refuse('state-conflict', 'no free frames for this mapping', field)
  const vma = { ...open, physical }
  mapVma(s.k, pid, vma)
  return vma
}

const DEFAULT_USER_PC = 0x400c10n

export function onProcessAccess(s: Session, data: DataOf<typeof processAccess>): void {
  const process = runningProcess(s.k, data.pid) ?? s.io.refuse('process-unknown', `no process ${data.pid} runs`, '/pid')
  const tid = data.tid ?? data.pid
  if (threadOf(process, tid) === undefined) s.io.refuse('process-unknown', `no thread ${tid} in it`, '/tid')
  queueAccess(s, {
    pid: data.pid,
    tid,
    hostVirtual: data.hostVirtual,
    access: data.access,
    via: data.via ?? 'user',
    pc: data.pc ?? DEFAULT_USER_PC,
    askedBy: s.io.id
  })
}

/** munmap() and mmap() over a range: the old frames, poisoned or not, leave; the new ones read as zero. */
export function onProcessRemap(
  s: Session,
  data: DataOf<typeof processRemap>,
  { answer }: Answering<typeof processRemap>
): Said {
  const { pid, hostVirtual, length, backing } = data
  if (runningProcess(s.k, pid) === undefined) s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
  const ret = isPages(hostVirtual) && isPages(length) ? mmapFixed(s.k, pid, hostVirtual, length, backing) : -EINVAL
  return answer(ret < 0 ? { ret: -1, errno: -ret } : { ret, errno: 0 })
}

/**
 * A thread reads a range from its start to its end. Only poison that the kernel knows stops it: the page fault is taken
 * like that of any access, and the answer says how far the thread came.
 *
 * Spec: Linux 6.1, arch/arm64/mm/fault.c, do_page_fault (VM_FAULT_HWPOISON).
 * Fidelity: omits errors that hardware holds and the kernel has not heard of; the hardware layer is not asked.
 */
export function onProcessRead(
  s: Session,
  data: DataOf<typeof processRead>,
  { answer }: Answering<typeof processRead>
): Said {
  const { pid, tid = pid, hostVirtual, length } = data
  const process = runningProcess(s.k, pid) ?? s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
  if (threadOf(process, tid) === undefined) s.io.refuse('process-unknown', `no thread ${tid} in it`, '/tid')
  const bad = firstPoison(s, process, hostVirtual, hostVirtual + length)
  if (bad !== undefined) userAccess(s.k, contextOf(process, tid, 0), { virtual: bad, kind: 'load' })
  return answer({ read: (bad ?? hostVirtual + length) - hostVirtual })
}

/** The lowest address in a range whose frame is poisoned. */
function firstPoison(s: Session, { vmas }: Process, start: bigint, end: bigint): bigint | undefined {
  const shift = BigInt(pageShift(s.k))
  for (const { virtual, physical, length } of vmas) {
    const from = virtual > start ? virtual : start
    const to = virtual + length < end ? virtual + length : end
    if (from >= to) continue
    const pfn = firstPageFrom(s.k.hwpoison, (physical + from - virtual) >> shift)
    const at = pfn === undefined ? to : (pfn << shift) - physical + virtual
    if (at < to) return at > from ? at : from
  }
  return undefined
}

/** exit(), or death by a signal of the process's own; its VMs go with it. */
export function onProcessExit(s: Session, { pid, signal }: DataOf<typeof processExit>): void {
  if (runningProcess(s.k, pid) === undefined) s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
  endProcess(s.k, pid, signal ?? 0)
}

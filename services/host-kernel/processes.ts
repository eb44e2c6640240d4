import type { Static } from 'typebox'
import type { processAccess, processCreate, processRemap } from '../../shared/contracts/host-kernel.ts'
import type { Backing, Vma } from '../../shared/linux/kernel.ts'
import { createProcess, remap, runningProcess, threadOf } from '../../shared/linux/task.ts'
import { queueAccess } from './process-access.ts'
import type { Session } from './session.ts'

type ProcessCreate = Static<typeof processCreate.data>

const PAGE = 0x1000n
const PMD = 0x20_0000n
const PUD = 0x4000_0000n

/** What a mapping of this backing must be aligned to; the huge ones are whole huge pages. */
const ALIGNMENT: Partial<Record<Backing, bigint>> = {
  thp: PMD,
  'hugetlb-64k': 0x1_0000n,
  'hugetlb-2m': PMD,
  'hugetlb-shared-2m': PMD,
  'hugetlb-32m': 0x200_0000n,
  'hugetlb-1g': PUD,
  'hugetlb-shared-1g': PUD
}
const alignmentOf = (backing: Backing) => ALIGNMENT[backing] ?? PAGE
const alignUp = (value: bigint, to: bigint) => ((value + to - 1n) / to) * to

/** Frames for a mapping that left the choice to the kernel: the next free ones, never handed out again. */
function allocate(s: Session, length: bigint, alignment: bigint): bigint | undefined {
  const start = alignUp(s.nextFrame, alignment)
  const ram = s.k.memory.find((range) => start >= range.start && start + length <= range.end)
  if (ram === undefined) return undefined
  s.nextFrame = start + length
  return start
}

/** Creates a process with its mappings and answers where they lie. */
export function onProcessCreate(s: Session, setup: ProcessCreate): void {
  if (runningProcess(s.k, setup.pid) !== undefined) s.io.refuse('already-exists', `pid ${setup.pid} runs`, '/pid')
  const vmas = setup.mappings.map((mapping, index): Vma => {
    const field = `/mappings/${index}`
    const alignment = alignmentOf(mapping.backing)
    const aligned = [mapping.hostVirtual, mapping.length, mapping.hostPhysical ?? 0n]
    if (aligned.some((value) => value % PAGE !== 0n) || mapping.length === 0n) {
      s.io.refuse('field-invalid', 'addresses and length of a mapping are whole pages', field)
    }
    const physical = mapping.hostPhysical ?? allocate(s, mapping.length, alignment)
    if (physical === undefined) return s.io.refuse('out-of-memory', 'no free frames for this mapping', field)
    return {
      virtual: mapping.hostVirtual,
      physical,
      length: mapping.length,
      backing: mapping.backing,
      dirty: mapping.dirty ?? true,
      mlocked: mapping.mlocked ?? false,
      pinned: mapping.pinned ?? false
    }
  })
  const leader = { tid: setup.pid }
  const threads = [leader, ...(setup.threads ?? []).filter(({ tid }) => tid !== setup.pid)]
  createProcess(s.k, {
    pid: setup.pid,
    comm: setup.comm,
    vmas,
    threads: threads.map(({ tid }) => {
      const own = setup.threads?.find((thread) => thread.tid === tid)
      return {
        tid,
        mceKill: own?.mceKill ?? setup.mceKill ?? 'default',
        sigbus: { action: own?.sigbus ?? setup.sigbus ?? 'handler', blocked: own?.sigbusBlocked ?? false }
      }
    })
  })
  s.io.answer({
    pid: setup.pid,
    mappings: vmas.map(({ virtual, physical, length }) => ({ hostVirtual: virtual, hostPhysical: physical, length }))
  })
}

const DEFAULT_USER_PC = 0x400c10n

export function onProcessAccess(s: Session, data: Static<typeof processAccess.data>): void {
  const process = runningProcess(s.k, data.pid) ?? s.io.refuse('process-unknown', `no process ${data.pid} runs`, '/pid')
  const tid = data.tid ?? data.pid
  if (threadOf(process, tid) === undefined) s.io.refuse('process-unknown', `no thread ${tid} in it`, '/tid')
  queueAccess(s, {
    pid: data.pid,
    tid,
    hostVirtual: data.hostVirtual,
    access: data.access,
    via: data.via ?? 'user',
    pc: data.pc ?? DEFAULT_USER_PC
  })
}

const ENOMEM = 12
const EINVAL = 22

/** munmap() and mmap() over a range: the old frames, poisoned or not, leave; the new ones read as zero. */
export function onProcessRemap(s: Session, { pid, hostVirtual, length }: Static<typeof processRemap.data>): void {
  if (runningProcess(s.k, pid) === undefined) s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
  if (hostVirtual % PAGE !== 0n || length % PAGE !== 0n) return s.io.answer({ ret: -1, errno: EINVAL })
  const physical = allocate(s, length, PAGE)
  if (physical === undefined) return s.io.answer({ ret: -1, errno: ENOMEM })
  remap(s.k, pid, hostVirtual, length, physical)
  s.io.answer({ ret: 0, errno: 0 })
}

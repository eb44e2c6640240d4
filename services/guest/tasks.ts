import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import type { TaskAccess, TaskCreate, taskCreate } from '../../shared/contracts/guest.ts'
import { createProcess, runningProcess, taskCount } from '../../shared/linux/kernel/task.ts'
import { findMappingFault } from '../../shared/linux/mm/check-mappings.ts'
import type { Answering, Said } from '../../shared/model/io.ts'
import { changeVcpu, type Session } from './session.ts'
import { proceed } from './task-access.ts'
import { requireVcpu } from './vcpus.ts'

const DEFAULT_USER_PC = 0x400c10n

/** A process of the guest with its mappings. */
export function onTaskCreate(s: Session, task: TaskCreate, { answer }: Answering<typeof taskCreate>): Said {
  if (runningProcess(s.k, task.pid) !== undefined) s.io.refuse('already-exists', `pid ${task.pid} runs`, '/pid')
  requireRoomFor('tasks', taskCount(s.k), s.io, '/pid')
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
  return answer({})
}

const FIELD = { virtual: 'guestVirtual', physical: 'guestPhysical', length: 'length' } as const

function requireMappable(s: Session, mappings: TaskCreate['mappings']): void {
  const wanted = mappings.map(({ guestVirtual, guestPhysical, length, backing }) => ({
    virtual: guestVirtual,
    physical: guestPhysical,
    length,
    byNumber: backing === 'pfnmap'
  }))
  const fault = findMappingFault(wanted, [s.memory], s.k.frames)
  if (fault !== undefined) s.io.refuse(fault.code, fault.detail, `/mappings/${fault.index}/${FIELD[fault.part]}`)
}

/** A task is to touch its memory: at once, or when the vCPU has done what is asked of it before. */
export function onTaskAccess(
  s: Session,
  { pid, vcpu = 0, guestVirtual, access, via = 'user', pc, masked }: TaskAccess
): void {
  if (runningProcess(s.k, pid) === undefined) s.io.refuse('task-unknown', `no task with pid ${pid} runs`, '/pid')
  const target = requireVcpu(s, vcpu)
  if (s.k.panic !== undefined) s.io.refuse('kernel-panicked', `vm ${s.vm} has panicked: ${s.k.panic}`)
  requireRoomFor('waitingAccesses', target.waiting.length, s.io, '/vcpu')
  const tableEntry = via === 'walk' ? tableEntryOf(s, pid, guestVirtual) : undefined
  const work = {
    pid,
    guestVirtual,
    access,
    via,
    masked: masked ?? false,
    tableEntry,
    pc: pc ?? DEFAULT_USER_PC,
    askedBy: s.io.id
  }
  changeVcpu(s, vcpu, { waiting: [...target.waiting, work] })
  if (target.current === undefined) proceed(s, vcpu)
}

/** The pages that hold tables are the kernel's own: memory_failure() can do nothing about them. */
function addPageTables(s: Session, { pid, mappings }: TaskCreate): void {
  const tables = mappings.flatMap(({ guestVirtual, length, pageTable }) =>
    pageTable === undefined ? [] : [{ pid, virtual: guestVirtual, length, physical: pageTable }]
  )
  if (tables.length === 0) return
  requireRoomFor('guestPageTables', s.pageTables.length + tables.length - 1, s.io, '/mappings')
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

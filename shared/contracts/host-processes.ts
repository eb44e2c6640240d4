import { Type, type Static } from 'typebox'
import { AccessKind, closed, IoctlResult, named, Pid } from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** Processes as a user of the host sets them up, and what they do. */
const M = '/v1/machines/:machine'

export const MceKill = Type.Enum(['early', 'late', 'default'], { title: 'MceKill' })
export const SigbusAction = Type.Enum(['handler', 'default', 'ignore'], { title: 'SigbusAction' })
export const BACKINGS = [
  'anonymous',
  'thp',
  'shmem',
  'file',
  'ksm',
  'swap-cache',
  'hugetlb-64k',
  'hugetlb-2m',
  'hugetlb-32m',
  'hugetlb-1g',
  'hugetlb-shared-2m',
  'hugetlb-shared-1g',
  'pfnmap',
  'dax'
] as const
export const Backing = Type.Enum([...BACKINGS], { title: 'Backing' })

export const Mapping = named('HostMapping', {
  hostVirtual: U64,
  hostPhysical: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'absent: the kernel chooses free frames' })),
  length: U64,
  backing: Backing,
  dirty: Type.Optional(Type.Boolean({ default: true })),
  mlocked: Type.Optional(Type.Boolean({ default: false })),
  pinned: Type.Optional(Type.Boolean({ default: false }))
})
export const ThreadSetup = named('ThreadSetup', {
  tid: Pid,
  mceKill: Type.Optional(MceKill),
  sigbus: Type.Optional(SigbusAction),
  sigbusBlocked: Type.Optional(Type.Boolean())
})
export const processCreate = message({
  type: 'process.create',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/processes`,
  summary: 'A process with its mappings and threads; the answer tells where its memory lies',
  description:
    'Threads that are not named do not exist: a VMM needs its own and one for each vCPU. Its mappings are where its guests have their RAM.',
  data: closed({
    pid: Pid,
    comm: Type.String({ minLength: 1, maxLength: 15 }),
    mceKill: Type.Optional(MceKill),
    sigbus: Type.Optional(SigbusAction),
    threads: Type.Optional(Type.Array(ThreadSetup, { maxItems: 512 })),
    mappings: Type.Array(Mapping, { maxItems: 1024 })
  }),
  reply: closed({ pid: Pid, mappings: Type.Array(closed({ hostVirtual: U64, hostPhysical: U64, length: U64 })) }),
  example: {
    pid: 119,
    comm: 'victim',
    mceKill: 'early',
    mappings: [{ hostVirtual: '0xffff9a801000', hostPhysical: '0x7bf15000', length: '0x1000', backing: 'anonymous' }]
  }
})

export const processAccess = message({
  type: 'process.access',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/processes/:pid/accesses`,
  summary: 'A thread of a process touches its memory, or has the kernel touch it in a system call',
  data: closed({
    pid: Pid,
    tid: Type.Optional(Pid),
    hostVirtual: U64,
    access: AccessKind,
    via: Type.Optional(Type.Enum(['user', 'syscall'], { description: 'syscall: copy_from_user and friends' })),
    pc: Type.Optional(U64)
  }),
  example: { pid: 119, hostVirtual: '0xffff9a801018', access: 'load' }
})

export const processRemap = message({
  type: 'process.remap',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/processes/:pid/remaps`,
  summary: 'munmap and mmap over a range: fresh zeroed frames in place of what was there',
  data: closed({
    pid: Pid,
    hostVirtual: U64,
    length: U64,
    backing: Type.Optional(
      Type.Unsafe<Static<typeof Backing>>({ ...Backing, description: 'of the fresh memory; default anonymous' })
    )
  }),
  reply: IoctlResult,
  example: { pid: 119, hostVirtual: '0xffff9a801000', length: '0x1000' }
})

export const processRead = message({
  type: 'process.read',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/processes/:pid/reads`,
  summary: 'A thread reads a whole range, as a migration does; poison on the way is a fault like any other',
  data: closed({ pid: Pid, tid: Type.Optional(Pid), hostVirtual: U64, length: U64 }),
  reply: closed({
    read: Type.Unsafe<bigint>({ ...U64, description: 'bytes up to the first page that could not be read' })
  }),
  example: { pid: 119, hostVirtual: '0xffff9a801000', length: '0x1000' }
})

/** Exit status as wait(2) has it. */
export const processExit = message({
  type: 'process.exit',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/processes/:pid/exit`,
  summary: 'A process ends by itself: it exits, or dies of a signal of its own (abort, a re-raised SIGBUS)',
  data: closed({
    pid: Pid,
    code: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: 'of exit(); default 0' })),
    signal: Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'that it died of, instead of a code' }))
  }),
  example: { pid: 119, code: 1 }
})

import { Type, type Static } from 'typebox'
import {
  closed,
  Done,
  ExceptionTaken,
  Interrupted,
  IoctlResult,
  LinuxVersion,
  Notification,
  Pid,
  SourceId,
  AccessKind,
  INTERRUPTED_EXAMPLE
} from './common.ts'
import { EINJ_REQUEST, einjTypes } from './firmware.ts'
import { KernelConfig } from './kernel-config.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** Everything the host kernel accepts from below (APEI, exceptions), and processes as a user of the host sets them up. */
const M = '/v1/machines/:machine'

/** What a frame can be to a kernel besides one of processes. */
export const FRAME_KINDS = [
  'free',
  'reserved',
  'slab',
  'page-table',
  'kernel-text',
  'kernel-data',
  'zero-page',
  'kernel-page',
  'high-order-kernel',
  'free-hugetlb',
  'dax',
  'file-clean',
  'file-dirty'
] as const
export const FrameKind = Type.Enum([...FRAME_KINDS], {
  description:
    'kernel-page: a stack, vmalloc or a driver has it; free-hugetlb: in the pool of huge pages; file-*: page cache that nobody maps; free: in the buddy allocator'
})
/** Ranges of physical memory and what they are, before the kernel's own layout; of several the first holds. */
export const Frames = Type.Array(closed({ start: U64, end: U64, kind: FrameKind }), { maxItems: 256 })

export const hostBoot = message({
  type: 'host.boot',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/boot`,
  summary: 'Boots (or reboots) the host kernel: reads the HEST and probes every source',
  data: closed({
    linux: Type.Optional(LinuxVersion),
    ras: Type.Optional(Type.Boolean({ description: 'FEAT_RAS on the CPUs' })),
    sei: Type.Optional(Type.Boolean({ description: 'the SEI patch that was never merged' })),
    pageSize: Type.Optional(Type.Enum([4096, 16384, 65536], { description: 'CONFIG_ARM64_*K_PAGES' })),
    syncWinner: Type.Optional(
      Type.Enum(['kworker', 'task'], { description: 'who runs memory_failure first where the version races' })
    ),
    config: Type.Optional(KernelConfig),
    memory: Type.Optional(Type.Array(closed({ start: U64, end: U64 }), { minItems: 1, maxItems: 64 })),
    frames: Type.Optional(
      Type.Unsafe<Static<typeof Frames>>({
        ...Frames,
        description:
          'what frames are, before the layout that every kernel has: image, slabs, page tables, stacks; GET …/frames shows all'
      })
    )
  }),
  example: { linux: '6.1' }
})

export const einjInjectHost = message({
  type: 'einj.inject',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/einj`,
  summary: "Error injection as debugfs has it: values in the driver's files, and a write to error_inject",
  description:
    'What is left out is 0, as in files that nobody has written: without flags the parameters mean what they meant before ACPI 5.0. The driver refuses with EINVAL a type that is not available, unknown flags, and of a memory error a mask of more than a page or a target that is not System RAM; the rest is firmware’s to take or refuse.',
  data: closed({
    ...EINJ_REQUEST,
    notrigger: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1,
        description: '1: plant it, let software consume it; 0 or absent: triggered'
      })
    )
  }),
  reply: closed({ errno: Type.Literal(0) }),
  example: { type: 16, flags: 0, param1: '0x48001000', param2: '0xfffffffffffff000', notrigger: 1 }
})

export const einjTypesHost = message({
  type: 'einj.types',
  to: 'host-kernel',
  method: 'GET',
  path: `${M}/einj`,
  summary: 'available_error_type of the EINJ driver: the bits, and the text of the file',
  data: closed({}),
  reply: einjTypes.reply,
  example: {}
})

export const platformHalt = message({
  type: 'platform.halt',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/halt`,
  summary: 'Firmware has stopped the platform: no PE returns to the kernel',
  description:
    'On a real machine nobody is told. Whoever plays the kernel has to know that it runs no further: everything is refused after this.',
  data: closed({ because: Type.String({ maxLength: 400 }) }),
  example: { because: 'SError with ESR_EL3 0xbe000011 is uncontainable' }
})

export const apeiNotify = message({
  type: 'apei.notify',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/apei/notifications`,
  summary: 'Firmware tells the OS to look at an error source',
  description:
    'GSIV wants vector 233, where the generic event device listens; EXTERNAL the vector of the source, SDEI its event. SEA and SEI need esr and interrupted. A polled source is not notified. The record must lie in its block before this is sent.',
  data: closed({
    source: SourceId,
    notify: Notification,
    vector: Type.Optional(Type.Integer({ minimum: 0, description: 'GSI, or SDEI event number' })),
    esr: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'ESR_EL2 that EL3 wrote, for SEA and SEI' })),
    far: Type.Optional(U64),
    interrupted: Type.Optional(Interrupted)
  }),
  example: { source: 3, notify: 'GSIV', vector: 233 }
})
export type ApeiNotify = Static<typeof apeiNotify.data>

export const exceptionTakeEl2 = message({
  type: 'exception.take',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/exceptions`,
  summary: 'A PE takes an exception to EL2: stage-2 fault, or external abort and SError when routed here',
  description:
    'What came out of a guest is a stage-2-fault with guestPhysical = the page; the answer is stage2.map to the hardware and exception.return, or a signal to the VMM and kvm.exit, or vcpu.enter of the guest at an exception.',
  data: closed({
    ...ExceptionTaken.properties,
    disr: Type.Optional(
      Type.Unsafe<bigint>({
        ...U64,
        description:
          'DISR_EL1, bit 31 set: the ESB at the vector of KVM has consumed an SError that pended at this exit from a guest. It is judged first, and the trap is discarded: the guest does its instruction again'
      })
    )
  }),
  example: {
    exception: 'stage-2-fault',
    el: 2,
    esr: '0x92000007',
    far: '0xffff8000',
    guestPhysical: '0x40001000',
    interrupted: INTERRUPTED_EXAMPLE
  }
})

export const accessCompleteHost = message({
  type: 'access.complete',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/completions`,
  summary: 'The access of a host process completed with good data',
  data: Interrupted,
  example: {
    pid: 119,
    tid: 119,
    el: 0,
    pc: '0x400c10',
    pstate: '0x0',
    access: 'load',
    virtual: '0xffff9a801018',
    physical: '0x7bf15018'
  }
})

export const MceKill = Type.Enum(['early', 'late', 'default'])
export const SigbusAction = Type.Enum(['handler', 'default', 'ignore'])
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
export const Backing = Type.Enum([...BACKINGS])

export const Mapping = closed({
  hostVirtual: U64,
  hostPhysical: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'absent: the kernel chooses free frames' })),
  length: U64,
  backing: Backing,
  dirty: Type.Optional(Type.Boolean({ default: true })),
  mlocked: Type.Optional(Type.Boolean({ default: false })),
  pinned: Type.Optional(Type.Boolean({ default: false }))
})
export const ThreadSetup = closed({
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

export const SYSCTLS = [
  'memory_failure_early_kill',
  'memory_failure_recovery',
  'enable_soft_offline',
  'panic_on_oops',
  'panic',
  'panic_on_unrecoverable_memory_failure'
] as const

export const sysctlSet = message({
  type: 'sysctl.set',
  to: 'host-kernel',
  method: 'PUT',
  path: `${M}/sysctl/:name`,
  summary: 'Sets one of the sysctls of the error path',
  data: closed({
    name: Type.Enum([...SYSCTLS]),
    value: Type.Integer({ minimum: 0, maximum: 86400 })
  }),
  reply: Done,
  example: { value: 1 }
})

export const memoryChanged = message({
  type: 'memory.changed',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/memory-changes`,
  summary: 'Memory that the kernel watches (memory.watch) is not zero any more: its next poll will find something',
  data: closed({ hostPhysical: U64 }),
  example: { hostPhysical: '0x3f002040' }
})

export const HOST_KERNEL_ACCEPTS = [
  hostBoot,
  einjInjectHost,
  einjTypesHost,
  platformHalt,
  apeiNotify,
  memoryChanged,
  exceptionTakeEl2,
  accessCompleteHost,
  processCreate,
  processAccess,
  processRemap,
  processRead,
  processExit,
  sysctlSet
]

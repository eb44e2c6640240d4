import { Type, type Static } from 'typebox'
import {
  closed,
  Done,
  ExceptionTaken,
  Interrupted,
  LinuxVersion,
  Notification,
  SourceId,
  INTERRUPTED_EXAMPLE,
  U32
} from './common.ts'
import { einjInjectHost, einjTypesHost } from './einj.ts'
import { processAccess, processCreate, processExit, processRead, processRemap } from './host-processes.ts'
import { KernelConfig } from './kernel-config.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

export { einjInjectHost, einjTypesHost } from './einj.ts'
export {
  BACKINGS,
  Backing,
  Mapping,
  MceKill,
  SigbusAction,
  ThreadSetup,
  processAccess,
  processCreate,
  processExit,
  processRead,
  processRemap
} from './host-processes.ts'

/** Everything the host kernel accepts from below (APEI, exceptions); error injection and processes are beside it. */
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
  title: 'FrameKind',
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
    vector: Type.Optional(Type.Integer({ ...U32, description: 'GSI, or SDEI event number' })),
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

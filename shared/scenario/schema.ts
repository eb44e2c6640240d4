import { Type, type Static, type TSchema } from 'typebox'
import {
  AccessKind,
  closed,
  Containment,
  ErrorException,
  Notification,
  Pid,
  Severity,
  SourceId
} from '../contracts/common.ts'
import { KernelConfig } from '../contracts/kernel-config.ts'
import { FirmwareProfile } from '../contracts/firmware.ts'
import { Backing, FrameKind, MceKill, SigbusAction, SYSCTLS, sysctlSet } from '../contracts/host-kernel.ts'
import { ADVICE, OFFLINE_FILES } from '../contracts/system-calls.ts'
import { MODELLED_LAYERS } from '../contracts/layer.ts'
import { ACTION_WORDS } from './action-words.ts'
import { ADDRESS, Duration, LinuxNumber, Name, Size } from './scalars.ts'
import { Expectation } from './schema-expect.ts'

/** The version of the format, as the file's `seabus:` says it. */
const FORMAT_VERSION = 1

/** Ranges of physical memory and what they are to the kernel, before its own layout. */
const FrameRanges = Type.Array(closed({ start: ADDRESS, end: ADDRESS, kind: FrameKind }), {
  minItems: 1,
  maxItems: 256
})

const SysctlValue = sysctlSet.data.properties.value
const Sysctls = Type.Object(
  Object.fromEntries(SYSCTLS.map((name) => [name, Type.Optional(SysctlValue)])) as {
    [Name in (typeof SYSCTLS)[number]]: ReturnType<typeof Type.Optional<typeof SysctlValue>>
  },
  { additionalProperties: false, minProperties: 1, description: 'of the host kernel, by name' }
)

const Notify = Type.Object(
  {
    recoverable: Type.Optional(Notification),
    corrected: Type.Optional(Notification),
    fatal: Type.Optional(Notification)
  },
  { additionalProperties: false, minProperties: 1 }
)

const Machine = closed({
  linux: Type.Optional(LinuxNumber),
  ras: Type.Optional(Type.Boolean({ description: 'FEAT_RAS on the CPUs; default true' })),
  sei: Type.Optional(Type.Boolean({ description: 'the host kernel has the SEI patch that was never merged' })),
  pageSize: Type.Optional(Type.Enum([4096, 65536], { description: 'page size of the host kernel' })),
  syncWinner: Type.Optional(
    Type.Enum(['kworker', 'task'], { description: 'who runs memory_failure() first where the host kernel races' })
  ),
  config: Type.Optional(KernelConfig),
  firmware: Type.Optional(FirmwareProfile),
  routing: Type.Optional(
    Type.Enum(['firmware-first', 'kernel-first'], { description: 'who takes external aborts and SErrors first' })
  ),
  memory: Type.Optional(Type.Array(closed({ start: ADDRESS, end: ADDRESS }), { minItems: 1, description: 'host RAM' })),
  frames: Type.Optional(
    Type.Unsafe<Static<typeof FrameRanges>>({
      ...FrameRanges,
      description: 'what frames of the host are, before the layout that every kernel has (GET /v1/machines/…/frames)'
    })
  ),
  notify: Type.Optional(Notify),
  sysctl: Type.Optional(Sysctls)
})

const TASK = {
  name: Type.Optional(Name),
  pid: Type.Optional(Pid),
  size: Type.Optional(Size),
  backing: Type.Optional(Backing),
  dirty: Type.Optional(Type.Boolean({ description: 'false: the pages were never written; default true' })),
  shares: Type.Optional(
    Type.String({ description: 'name of another one whose pages this one maps too; its size and backing are used' })
  ),
  mceKill: Type.Optional(MceKill),
  sigbus: Type.Optional(SigbusAction)
}
const Task = closed({ ...TASK, name: Name })
const Process = closed({
  ...TASK,
  name: Name,
  mlocked: Type.Optional(Type.Boolean()),
  pinned: Type.Optional(Type.Boolean()),
  sigbusBlocked: Type.Optional(Type.Boolean()),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 512, description: 'default 1' }))
})

const Vm = closed({
  name: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' })),
  profile: Type.Optional(Type.String({ description: 'a VMM profile, e.g. qemu-10.2; default reference' })),
  policy: Type.Optional(Type.String({ description: 'a built-in policy; default morse' })),
  vcpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
  memory: Type.Optional(Size),
  backing: Type.Optional(Backing),
  mceKill: Type.Optional(MceKill),
  exposeException: Type.Optional(Type.Boolean({ description: 'the policy also sees the hardware exception' })),
  guest: Type.Optional(
    closed({
      linux: Type.Optional(LinuxNumber),
      sei: Type.Optional(Type.Boolean({ description: 'the SEI patch that was never merged' })),
      syncWinner: Type.Optional(Type.Enum(['kworker', 'task'])),
      config: Type.Optional(KernelConfig),
      frames: Type.Optional(FrameRanges)
    })
  ),
  tasks: Type.Optional(Type.Array(Type.Union([Name, Task]), { minItems: 1 }))
})

/** Where memory is: a page of a task or process, of the VMM itself, or an address. */
const PLACE = {
  task: Type.Optional(Type.String({ description: 'a task of a guest or a process of the host, by name' })),
  page: Type.Optional(Type.Integer({ minimum: 0, description: '4 KiB page within its memory; default 0' })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 4095, description: 'byte within that page' })),
  table: Type.Optional(Type.Boolean({ description: "the entry of the guest's page table for that page instead" })),
  vmm: Type.Optional(Type.String({ description: "the VMM's own memory instead, by the name of its VM" })),
  hostPhysical: Type.Optional(ADDRESS)
}
const PLACED = Type.Union([Name, closed(PLACE)])

const Touch = closed({
  ...PLACE,
  access: Type.Optional(AccessKind),
  via: Type.Optional(
    Type.Enum(['user', 'syscall', 'walk'], {
      description: 'syscall: the kernel copies for the task; walk: the MMU reads the page table entry'
    })
  ),
  masked: Type.Optional(Type.Boolean({ description: 'the guest has PSTATE.A set, so that no SError is taken' })),
  vcpu: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 })),
  thread: Type.Optional(Type.Integer({ minimum: 0, description: 'of a host process, from 0' }))
})
const OneTouch = Type.Union([Name, Touch])

const Poison = closed({
  ...PLACE,
  kind: Type.Optional(Type.Enum(['memory', 'cache', 'tlb', 'bus'])),
  exception: Type.Optional(Type.Union([ErrorException, Type.Literal('interrupt')])),
  containment: Type.Optional(Containment),
  severity: Type.Optional(Severity),
  address: Type.Optional(Type.Boolean({ description: 'false: the record has no address' })),
  stores: Type.Optional(Type.Enum(['raise', 'defer'], { description: 'what a store to the line does; default raise' })),
  iss: Type.Optional(
    Type.Unsafe<number | string>({
      ...ADDRESS,
      description: 'ESR_ELx.ISS of the SError instead of the AET of its containment; 0x1000000 is IDS'
    })
  ),
  reportsCorrected: Type.Optional(
    Type.Boolean({ description: 'a corrected error is taken as an SError all the same, with AET CE' })
  )
})

const Einj = closed({
  ...PLACE,
  type: Type.Integer({ minimum: 1, description: 'EINJ error type bit, e.g. 16 memory uncorrectable non-fatal' }),
  notrigger: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })),
  exception: Type.Optional(ErrorException),
  cpu: Type.Optional(Type.Integer({ minimum: 0 }))
})

const Report = closed({
  ...PLACE,
  source: SourceId,
  severity: Type.Optional(Severity),
  threshold: Type.Optional(Type.Boolean({ description: 'section flag "error threshold exceeded"' })),
  bytes: Type.Optional(
    Type.String({ minLength: 1, pattern: '^[0-9a-fA-F \\n]*$', description: 'the record itself instead, in hex' })
  ),
  verbatim: Type.Optional(Type.Boolean())
})

const Madvise = closed({
  ...PLACE,
  advice: Type.Enum([...ADVICE]),
  length: Type.Optional(Size),
  by: Type.Optional(
    Type.Literal('vmm', { description: "the VMM calls it, over its mapping of the guest's page, instead of the task" })
  ),
  thread: Type.Optional(Type.Integer({ minimum: 0, description: 'of the process that calls, from 0' })),
  vcpu: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 }))
})
const Prctl = closed({
  task: PLACE.task,
  vmm: Type.Optional(Type.String({ description: 'the VMM of this VM instead' })),
  thread: Type.Optional(Type.Integer({ minimum: 0, description: 'of the process that calls, from 0' })),
  mceKill: Type.Enum(['early', 'late', 'default', 'clear'], {
    description: 'PR_MCE_KILL_SET with that policy, or PR_MCE_KILL_CLEAR'
  })
})
const Offline = closed({
  ...PLACE,
  file: Type.Enum([...OFFLINE_FILES]),
  kernel: Type.Optional(
    Type.Enum(['host', 'guest'], { description: 'whose file is written; guest: only for the page of a task' })
  )
})

const Bert = closed({
  ...PLACE,
  severity: Type.Optional(Severity),
  bytes: Type.Optional(
    Type.String({ pattern: '^[0-9a-fA-F \\n]*$', description: 'the boot error region itself instead, in hex' })
  )
})

const ACTIONS = {
  touch: Type.Union([Name, Touch, Type.Array(OneTouch, { minItems: 1, description: 'at the same time' })]),
  poison: Type.Union([Name, Poison]),
  einj: Einj,
  report: Report,
  bert: Bert,
  scrub: PLACED,
  repair: PLACED,
  wait: Duration,
  ack: closed({ source: SourceId }),
  reset: Type.String({ description: 'a VM, by name' }),
  reboot: Type.Literal('host'),
  migrate: Type.String({ description: 'a VM, by name' }),
  remap: PLACED,
  madvise: Madvise,
  prctl: Prctl,
  offline: Offline,
  policy: closed({ vm: Type.Optional(Type.String()), name: Type.String() }),
  notify: Notify,
  sysctl: Sysctls,
  message: closed({
    to: Type.Enum([...MODELLED_LAYERS]),
    type: Type.String(),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  })
}

/** What a step does stands beside what it is made of, where that does not say it itself. */
const optionalAction = ([name, schema]: [string, TSchema]) =>
  [name, Type.Optional({ description: ACTION_WORDS[name as keyof typeof ACTIONS], ...schema })] as const

/** One thing that happens; a step has exactly one of these keys. */
export const Step = Type.Object(
  Object.fromEntries<TSchema>(Object.entries<TSchema>(ACTIONS).map(optionalAction)) as unknown as {
    [Action in keyof typeof ACTIONS]: ReturnType<typeof Type.Optional<(typeof ACTIONS)[Action]>>
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 }
)

export const Scenario = Type.Object(
  {
    seabus: Type.Literal(FORMAT_VERSION, { description: 'version of this format' }),
    title: Type.String({ minLength: 1 }),
    about: Type.Optional(Type.String()),
    source: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: 'where the expectation comes from' })
    ),
    tags: Type.Optional(Type.Array(Type.String())),
    unmodelled: Type.Optional(
      Type.String({ description: 'what this stands for and the model does not do; every report of a run says it' })
    ),
    machine: Type.Optional(Machine),
    vms: Type.Optional(Type.Array(Vm, { description: 'default: one VM, unless there are processes' })),
    processes: Type.Optional(Type.Array(Type.Union([Name, Process]), { description: 'of the host, besides VMMs' })),
    steps: Type.Array(Step, { minItems: 1 }),
    expect: Type.Optional(Expectation)
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'seabus scenario, version 1',
    additionalProperties: false
  }
)

export type ScenarioFile = Static<typeof Scenario>
export type StepFile = Static<typeof Step>
export type VmFile = Static<typeof Vm>
export type TaskFile = Static<typeof Task>
export type ProcessFile = Static<typeof Process>
export type TouchFile = Static<typeof Touch>
export type PlaceFile = Static<ReturnType<typeof closed<typeof PLACE>>>
export type PoisonFile = Static<typeof Poison>
export type EinjFile = Static<typeof Einj>
export type MadviseFile = Static<typeof Madvise>
export type PrctlFile = Static<typeof Prctl>
export type OfflineFile = Static<typeof Offline>
export type BertFile = Static<typeof Bert>
export type ReportFile = Static<typeof Report>
export type FrameFile = Static<typeof FrameRanges>[number]

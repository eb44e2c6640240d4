import { Type, type Static, type TSchema } from 'typebox'
import { AccessKind, closed, Containment, ErrorException, Severity, SourceId } from '../contracts/common.ts'
import { MODELLED_LAYERS } from '../contracts/layer.ts'
import { ADVICE, OFFLINE_FILES } from '../contracts/system-calls.ts'
import { ACTION_WORDS } from './action-words.ts'
import { ADDRESS, Duration, Name, Size } from './scalars.ts'
import { said } from './said.ts'
import { Notify, Sysctls } from './schema-machine.ts'

/** Where memory is: a page of a task or process, of the VMM itself, or an address. */
export const PLACE = {
  task: Type.Optional(Type.String({ description: 'a task of a guest or a process of the host, by name' })),
  page: Type.Optional(Type.Integer({ minimum: 0, description: '4 KiB page within its memory; default 0' })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 4095, description: 'byte within that page' })),
  table: Type.Optional(Type.Boolean({ description: "the entry of the guest's page table for that page instead" })),
  vmm: Type.Optional(Type.String({ description: "the VMM's own memory instead, by the name of its VM" })),
  hostPhysical: Type.Optional(said(ADDRESS, 'an address of the host instead'))
}
const PLACED = Type.Union([Name, closed(PLACE)])

const Touch = closed({
  ...PLACE,
  access: Type.Optional(said(AccessKind, 'default load')),
  via: Type.Optional(
    Type.Enum(['user', 'syscall', 'walk'], {
      description: 'syscall: the kernel copies for the task; walk: the MMU reads the page table entry'
    })
  ),
  masked: Type.Optional(Type.Boolean({ description: 'the guest has PSTATE.A set, so that no SError is taken' })),
  vcpu: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 15, description: 'that a task of a guest runs on; default 0' })
  ),
  thread: Type.Optional(Type.Integer({ minimum: 0, description: 'of a host process, from 0' }))
})
const OneTouch = Type.Union([Name, Touch])

const Poison = closed({
  ...PLACE,
  kind: Type.Optional(Type.Enum(['memory', 'cache', 'tlb', 'bus'], { description: 'what has failed; default memory' })),
  exception: Type.Optional(
    Type.Union([ErrorException, Type.Literal('interrupt')], {
      description:
        'what the CPU takes; interrupt: nobody consumes it, a node of the RAS extension tells of it; default SError'
    })
  ),
  containment: Type.Optional(said(Containment, 'class of the RAS extension; default UER, CE of a corrected error')),
  severity: Type.Optional(said(Severity, 'CPER severity; default recoverable')),
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
  notrigger: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1,
      description: "as in einj's file of that name: 1 plants the error without consuming it"
    })
  ),
  exception: Type.Optional(said(ErrorException, 'what the CPU that consumes it takes')),
  cpu: Type.Optional(Type.Integer({ minimum: 0, description: 'of a processor error' }))
})

const Report = closed({
  ...PLACE,
  source: said(SourceId, 'id of the source in the HEST'),
  severity: Type.Optional(said(Severity, 'of the status block and its section; default recoverable')),
  threshold: Type.Optional(Type.Boolean({ description: 'section flag "error threshold exceeded"' })),
  bytes: Type.Optional(
    Type.String({ minLength: 1, pattern: '^[0-9a-fA-F \\n]*$', description: 'the record itself instead, in hex' })
  ),
  verbatim: Type.Optional(
    Type.Boolean({ description: 'the bytes go out as they are, though they are no record that could be read' })
  )
})

const Madvise = closed({
  ...PLACE,
  advice: Type.Enum([...ADVICE], { description: 'of madvise(2)' }),
  length: Type.Optional(said(Size, 'bytes, or with K, M or G; default one page')),
  by: Type.Optional(
    Type.Literal('vmm', { description: "the VMM calls it, over its mapping of the guest's page, instead of the task" })
  ),
  thread: Type.Optional(Type.Integer({ minimum: 0, description: 'of the process that calls, from 0' })),
  vcpu: Type.Optional(Type.Integer({ minimum: 0, maximum: 15, description: 'whose thread of the VMM calls' }))
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
  file: Type.Enum([...OFFLINE_FILES], { description: 'of /sys/devices/system/memory, or of hwpoison-inject' }),
  kernel: Type.Optional(
    Type.Enum(['host', 'guest'], { description: 'whose file is written; guest: only for the page of a task' })
  )
})

const Bert = closed({
  ...PLACE,
  severity: Type.Optional(said(Severity, 'of the record; default fatal')),
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
  ack: closed({ source: said(SourceId, 'id of the source in the HEST') }),
  reset: Type.String({ description: 'a VM, by name' }),
  reboot: Type.Literal('host'),
  migrate: Type.String({ description: 'a VM, by name' }),
  remap: PLACED,
  madvise: Madvise,
  prctl: Prctl,
  offline: Offline,
  policy: closed({
    vm: Type.Optional(Type.String({ description: 'a VM, by name; default the first' })),
    name: Type.String({ description: 'a built-in policy' })
  }),
  notify: Notify,
  sysctl: Sysctls,
  message: closed({
    to: Type.Enum([...MODELLED_LAYERS], { description: 'the layer' }),
    type: Type.String({ description: 'of a message that it accepts (services/*/README.md)' }),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'as the type has it' }))
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

export type StepFile = Static<typeof Step>
export type TouchFile = Static<typeof Touch>
export type PlaceFile = Static<ReturnType<typeof closed<typeof PLACE>>>
export type PoisonFile = Static<typeof Poison>
export type EinjFile = Static<typeof Einj>
export type MadviseFile = Static<typeof Madvise>
export type PrctlFile = Static<typeof Prctl>
export type OfflineFile = Static<typeof Offline>
export type BertFile = Static<typeof Bert>
export type ReportFile = Static<typeof Report>

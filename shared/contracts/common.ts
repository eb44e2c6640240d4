import { Type, type Static } from 'typebox'
import { LAYERS } from './layer.ts'
import { Bytes, U64 } from './wire.ts'

/** Name of a VM within a machine; it stands for the VMID as well. */
export const VmName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', examples: ['vm0'] })
export const VcpuIndex = Type.Integer({ minimum: 0, maximum: 511 })
export const Pid = Type.Integer({ minimum: 1, maximum: 4194304 })
/** What a C int and an unsigned 32-bit word can hold. */
export const S32 = { minimum: -0x8000_0000, maximum: 0x7fff_ffff } as const
export const U32 = { minimum: 0, maximum: 0xffff_ffff } as const
/** An unsigned long, as far as a JSON number is exact. */
export const UNSIGNED_LONG = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
/** `errno`, 0 for none; MAX_ERRNO of the kernel is the largest. */
export const Errno = Type.Integer({ minimum: 0, maximum: 4095 })
/** si_addr_lsb: 2 to this power bytes are lost. */
export const AddressLsb = Type.Integer({
  minimum: 0,
  maximum: 63,
  description: 'si_addr_lsb, for BUS_MCEERR_*: 2 to this power bytes are lost'
})
export const SourceId = Type.Integer({ minimum: 0, maximum: 0xffff })

export const AccessKind = Type.Enum(['load', 'store', 'fetch'], { title: 'AccessKind' })
export type AccessKind = Static<typeof AccessKind>

/** A layer of the machine, or the console. */
export const LayerName = Type.Enum([...LAYERS], { title: 'Layer' })

/** CPER severities, by name in the manual's order 0..3. */
export const SEVERITIES = ['recoverable', 'fatal', 'corrected', 'none'] as const
export const Severity = Type.Enum([...SEVERITIES], { title: 'Severity' })
export type Severity = Static<typeof Severity>

/**
 * How far an error has spread, as the RAS extension classes it: uncontained, unrecoverable, restartable (latent),
 * recoverable, corrected.
 */
export const Containment = Type.Enum(['UC', 'UEU', 'UEO', 'UER', 'CE'], { title: 'Containment' })
export type Containment = Static<typeof Containment>

/** The exceptions an error can be taken as. The notification that firmware chooses later is another field. */
export const ErrorException = Type.Enum(['SEA', 'SError'], { title: 'ErrorException' })
export type ErrorException = Static<typeof ErrorException>

/** APEI notification types by name, in HEST's numbering 0..11. */
export const NOTIFICATIONS = [
  'POLLED',
  'EXTERNAL',
  'LOCAL',
  'SCI',
  'NMI',
  'CMCI',
  'MCE',
  'GPIO',
  'SEA',
  'SEI',
  'GSIV',
  'SDEI'
] as const
export const Notification = Type.Enum([...NOTIFICATIONS], { title: 'Notification' })
export type Notification = Static<typeof Notification>
/** What a source of a HEST says: numbers from 12 on are reserved. */
export const SourceNotification = Type.Enum([...NOTIFICATIONS, 'reserved'], { title: 'SourceNotification' })
export type SourceNotification = Static<typeof SourceNotification>

/**
 * Kernels the Linux model knows, by the names a user can give them: a series is short for one of its releases, 6.1 for
 * 6.1.192, 6.12 for 6.12.117 and 7.3 for 7.3.4.
 */
export const LINUX_VERSIONS = ['6.1', '6.1.192', '6.12', '6.12.95', '6.12.117', '7.3', '7.3.4'] as const
export const LinuxVersion = Type.Enum([...LINUX_VERSIONS], {
  title: 'LinuxVersion',
  description: 'kernel release; 6.1 is 6.1.192, 6.12 is 6.12.117, 7.3 is 7.3.4'
})

/** Whoever runs on a PE when it accesses memory, and the access itself. */
export const Interrupted = Type.Object(
  {
    vm: Type.Optional(VmName),
    vcpu: Type.Optional(VcpuIndex),
    pid: Type.Optional(Pid),
    tid: Type.Optional(Pid),
    el: Type.Integer({ minimum: 0, maximum: 2, description: 'exception level of the access' }),
    pc: U64,
    pstate: U64,
    access: AccessKind,
    virtual: Type.Unsafe<bigint>({ ...U64, description: 'virtual address in the regime of whoever runs' }),
    physical: Type.Unsafe<bigint>({ ...U64, description: 'IPA of a guest, physical address of the host' }),
    walk: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3,
        description: 'the MMU reads the stage 1 table entry of this level for the access; physical is where that is'
      })
    )
  },
  {
    title: 'Interrupted',
    additionalProperties: false,
    description: 'a vCPU of a VM (vm, vcpu) or a thread of a host process (pid, tid), and its access'
  }
)
export type Interrupted = Static<typeof Interrupted>

/** A task of a guest that loads from its memory, as the examples of messages have it. */
export const INTERRUPTED_EXAMPLE = {
  vm: 'vm0',
  vcpu: 0,
  el: 0,
  pc: '0x400c10',
  pstate: '0x0',
  access: 'load',
  virtual: '0xffff8000',
  physical: '0x40001000'
} as const

/** What the RAS node that detected the error holds: ERR<n>STATUS and, where STATUS.AV is set, ERR<n>ADDR. */
export const RasRecord = Type.Object(
  {
    status: U64,
    hostPhysical: Type.Optional(U64),
    kind: Type.Enum(['memory', 'cache', 'tlb', 'bus']),
    severity: Severity
  },
  { title: 'RasRecord', additionalProperties: false }
)
export type RasRecord = Static<typeof RasRecord>

/** An exception as the exception level that takes it sees it. */
export const ExceptionTaken = Type.Object(
  {
    exception: Type.Enum(['SEA', 'SError', 'stage-2-fault']),
    el: Type.Integer({ minimum: 1, maximum: 3, description: 'exception level that takes it' }),
    esr: U64,
    far: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'absent when ESR.FnV is set' })),
    guestPhysical: Type.Optional(
      Type.Unsafe<bigint>({ ...U64, description: 'IPA from HPFAR_EL2, for stage-2 faults' })
    ),
    interrupted: Interrupted,
    record: Type.Optional(RasRecord)
  },
  { title: 'ExceptionTaken', additionalProperties: false }
)
export type ExceptionTaken = Static<typeof ExceptionTaken>

/** The memory that a neighbour reads or writes; reads and writes are questions, so that order between layers is certain. */
export const MemoryContents = Type.Object({ bytes: Bytes }, { title: 'MemoryContents', additionalProperties: false })
export const Done = Type.Object({}, { title: 'Done', additionalProperties: false })
/** What an answer says of an address that was given and taken, at which nobody is. */
export const Unreachable = Type.String({
  description: 'the address that was given, and why nobody can be reached there now; it was taken all the same',
  examples: ['http://127.0.0.1:8005: connection refused']
})
/** Result of an ioctl: `ret` as the system call returns it, `errno` 0 when it succeeded. */
export const IoctlResult = Type.Object(
  { ret: Type.Integer(S32), errno: Errno },
  { title: 'IoctlResult', additionalProperties: false }
)
export type IoctlResult = Static<typeof IoctlResult>

/** Shorthand for an object schema that refuses unknown fields. */
export function closed<P extends Parameters<typeof Type.Object>[0]>(properties: P) {
  return Type.Object(properties, { additionalProperties: false })
}

/** The same with a name, by which API documents, and clients made of them, know it; a schema has one wherever it is used. */
export function named<P extends Parameters<typeof Type.Object>[0]>(title: string, properties: P) {
  return Type.Object(properties, { title, additionalProperties: false })
}

import type { ExceptionTaken, Notification, Severity, SourceNotification } from '../../shared/contracts/common.ts'
import type { FirmwareProfileName } from './profiles.ts'
import type { SparseMemory } from '../../shared/sparse/memory.ts'

/** How a GHESv2 source is acknowledged. */
export interface AckRegister {
  readonly register: bigint
  /** Bytes of one access. */
  readonly bytes: number
  /** Bits that the acknowledgement decides, and how they are then. */
  readonly decided: bigint
  readonly acknowledged: bigint
  /** Shared with sources whose acknowledgement looks otherwise: a write is a message, the value stays nobody's. */
  readonly doorbell: boolean
}

/** One enabled or disabled GHES of the HEST, with the block that firmware gave it. */
export interface ErrorSource {
  readonly sourceId: number
  readonly enabled: boolean
  readonly notify: SourceNotification
  /** GSI, or SDEI event number. */
  readonly vector: number
  readonly pollIntervalMs: number
  /** Address of the 8-byte cell that holds the address of the block. */
  readonly pointer: bigint
  /** Bytes of that cell. */
  readonly pointerBytes: number
  readonly statusBlock: bigint
  readonly blockLength: number
  /** GHESv2 only. */
  readonly readAck: AckRegister | undefined
}

/** What led to a record. */
export type Cause =
  | { readonly kind: 'exception'; readonly taken: ExceptionTaken }
  | { readonly kind: 'interrupt' }
  /** An exception that has been delegated to the OS before there was room for its record. */
  | { readonly kind: 'delegated' }
  /** Somebody handed the record in, through `error-record.submit` or EINJ: nothing was accessed. */
  | { readonly kind: 'submitted' }

/** A record on its way into a status block. */
export interface Pending {
  readonly bytes: Uint8Array
  readonly severity: Severity | undefined
  /** The error it tells of; a further report of the same error is not worth a record. Absent: told every time. */
  readonly error: string | undefined
  readonly cause: Cause
  /** Id of the message that reported it. */
  readonly reportedBy: string
}

/** What one source has told and has still to tell. */
export interface Queue {
  /** The error in the block now, as `Pending.error`. */
  readonly published: string | undefined
  /** Oldest first. */
  readonly held: readonly Pending[]
}

export type Choice = Readonly<Record<'recoverable' | 'corrected' | 'fatal', Notification>>

/** One machine as its firmware (EL3) knows it. */
export interface FirmwareState {
  /** The HEST as bytes. */
  readonly table: Uint8Array
  readonly sources: readonly ErrorSource[]
  /** Pointer cells, read-ack registers and status blocks. */
  readonly memory: SparseMemory
  readonly choice: Choice
  readonly profile: FirmwareProfileName
  /** Ids of sources with a doorbell whose record is not acknowledged. */
  readonly unanswered: readonly number[]
  /** By source id. */
  readonly queues: Readonly<Record<number, Queue>>
  /** SDEI_PE_MASK: no event is dispatched. */
  readonly sdeiMasked: boolean
  /** The boot error region, once something was kept in it. */
  readonly bootErrors?: SparseMemory
  /** Words that the OS wants to hear of when they are not zero. */
  readonly watched: readonly bigint[]
  /** Why firmware has stopped, if it has. */
  readonly panicked: string | undefined
}

/** The carve-out outside of System RAM that firmware shares with the OS, as [start, end) of host physical addresses. */
export const CARVE_OUT = { start: 0x3f00_0000n, end: 0x3f10_0000n } as const

export const DEFAULT_CHOICE: Choice = { recoverable: 'GSIV', corrected: 'POLLED', fatal: 'GSIV' }

export const DEFAULT_PROFILE: FirmwareProfileName = 'tf-a-2.12'

export const EMPTY_QUEUE: Queue = { published: undefined, held: [] }

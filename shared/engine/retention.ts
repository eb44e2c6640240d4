const MIB = 1024 * 1024
const DAY_NS = 86_400e9

/** How much of what has happened is kept, in a journal and on disk; what is older is dropped, oldest first. */
export interface Retention {
  /** Entries of a journal; as many inputs are kept on disk behind snapshots, but no more than `HISTORY_ROWS`. */
  readonly entries: number
  /** Bytes that those take, about. */
  readonly bytes: number
  /** Nanoseconds since it happened. */
  readonly ageNs: number
}

export const DEFAULT_RETENTION: Retention = { entries: 100_000, bytes: 64 * MIB, ageNs: 7 * DAY_NS }

/**
 * Inputs that are kept on disk to be stepped through at a restart, of all machines together: a tenth of a second of it. To
 * hold the snapshot of a machine against its sum takes no longer than two or three of its inputs; its state is made later.
 */
export const HISTORY_ROWS = 750
/** Where more machines are at work at a time than that, each may have so many: a snapshot for every other input costs more. */
export const ACTIVE_ROWS = 4
/** The same of one machine. */
export const MACHINE_ROWS = 1000
/** Bytes of those of one machine. */
export const MACHINE_BYTES = MIB

/** Ids of inputs that are remembered of each machine, so that a repeat takes no effect; a repeat that is older does. */
export const REMEMBERED = { ids: 50_000, bytes: 8 * MIB, ageNs: 7 * DAY_NS } as const
/** Answers that are kept of each machine, for repeats of their questions; a later repeat is told `answer-forgotten`. */
export const ANSWERS = { count: 10_000, bytes: 8 * MIB } as const

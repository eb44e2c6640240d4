/**
 * How much of a kind one machine may have, where whoever sends messages could make it grow without end. What would be over
 * a bound is refused with `limit-reached`, and nothing has changed. Linux's own limits are Linux's own: they are beside the
 * functions that have them. `docs/limits.md` has this table for people.
 */
export const BOUNDS = {
  machineVms: { most: 1024, what: 'VMs of a machine' },
  errorLines: { most: 16_384, what: 'lines of memory with an error' },
  accessesUnderWay: { most: 1024, what: 'vCPUs and threads with an access under way' },
  tasks: { most: 32_768, what: 'threads that run on a kernel' },
  waitingAccesses: { most: 1024, what: 'accesses that wait for the one before, of a vCPU or thread' },
  heldRecords: { most: 1024, what: 'records that wait for an acknowledgement' },
  watchedWords: { most: 1024, what: 'words that firmware watches' },
  guestPageTables: { most: 4096, what: 'mappings of a guest with a page table of their own' }
} as const satisfies Readonly<Record<string, Bound>>

export interface Bound {
  readonly most: number
  readonly what: string
}
export type BoundName = keyof typeof BOUNDS

/** Whether there are as many of a kind as there may be. */
export function isAtBound(name: BoundName, count: number): boolean {
  return count >= BOUNDS[name].most
}

/** What is said to whoever wants one more. */
export function boundReached(name: BoundName): string {
  const { most, what } = BOUNDS[name]
  return `there are ${most} ${what} already, and no more can be (${name})`
}

/** As `io.refuse`. */
interface Refusing {
  refuse(code: 'limit-reached', detail: string, field?: string): never
}

/** Refuses one more of a kind when there are as many as there may be. `field` is what asked for it. */
export function requireRoomFor(name: BoundName, count: number, io: Refusing, field: string): void {
  if (isAtBound(name, count)) io.refuse('limit-reached', boundReached(name), field)
}

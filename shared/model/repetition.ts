/**
 * When something that repeats at the speed of the machine is carried out, in a model whose time is only what its timers
 * say: an exception that is taken again and again, a register that is looked at until it changes.
 */

const MS = 1_000_000
const SECOND = 1000 * MS

/** Moments after the first time, in ms: close together, then each second while a kernel knows what it was told, then apart. */
const MOMENTS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 30, 45, 60].map((seconds) => seconds * 1000)
].map((ms) => ms * MS)

/**
 * What has come to the same for so long is said to be a livelock; it goes on all the same. Linux knows a record for 10 s
 * (GHES_ESTATUS_IN_CACHE_MAX_NSEC) and limits prints for 5 s: both have run out and come round once more.
 */
export const LIVELOCK_AFTER_NS = 20 * SECOND

/** The moment of the next time after one `elapsed` ns after the first: a storm of any length is some tens of times. */
export function nextMoment(elapsed: number): number {
  return MOMENTS.find((moment) => moment > elapsed) ?? elapsed * 2
}

import type { Problem } from '../contracts/problem.ts'

/**
 * Why a message that is not taken now may be taken later:
 * - `absent`: its machine is not there, and may be on its way to that service;
 * - `failing`: the receiver fails on it, and what it fails on may pass;
 * - `busy`: the receiver has too much to do, or somebody before it says that it is not there;
 * - `unable`: the receiver can keep nothing, does not let us in, or waits for others itself, which says nothing of the
 *   message: one that has room again, or is started with the same token or told our name, takes it.
 */
export type Passing = 'absent' | 'failing' | 'busy' | 'unable'

const PASSING: ReadonlyMap<string, Passing> = new Map([
  ['machine-unknown', 'absent'],
  ['neighbour-backlog', 'busy'],
  ['storage-full', 'unable'],
  ['storage-failed', 'unable'],
  ['token-missing', 'unable'],
  ['host-refused', 'unable']
])

/** Why a refusal is of now only, so that the message is worth repeating; undefined when it is for good. */
export function passingOf({ code }: Problem): Passing | undefined {
  return PASSING.get(code)
}

import { setTimeout as delay } from 'node:timers/promises'
import { AtRest } from '../engine/at-rest.ts'
import type { Quiescence } from '../engine/quiescence.ts'

/** Between two looks, at first and at most, in ms: what is busy for long is not looked at often. */
const FIRST_LOOK_MS = 1
const LAST_LOOK_MS = 8
/** Longest wait that is granted, in seconds. */
const MOST_S = 10

const PREFERENCE = /(?:^|[\s,;])wait=(\d{1,9})(?:[\s,;]|$)/i

/** The seconds that a request prefers to wait for its answer (RFC 7240, 4.3), no more than are granted; 0 for none. */
export function preferredWait(prefer: string | readonly string[] | undefined): number {
  const [, seconds = '0'] = PREFERENCE.exec(String(prefer ?? '')) ?? []
  return Math.min(Number(seconds), MOST_S)
}

/** The header by which a request prefers to be answered within so many ms, as soon as nothing is under way. */
export const preferringWait = (ms: number): string => `wait=${Math.min(Math.ceil(ms / 1000), MOST_S)}`

/** Looks at something in this process until it is over, the time is, or whoever asks is gone. Gives what was found last. */
export async function lookUntil<Found>(
  look: () => Found,
  isOver: (found: Found) => boolean,
  seconds: number,
  isGone: () => boolean
): Promise<Found> {
  const end = performance.now() + seconds * 1000
  for (let ms = FIRST_LOOK_MS; ; ms = Math.min(2 * ms, LAST_LOOK_MS)) {
    const found = look()
    if (isOver(found) || performance.now() >= end || isGone()) return found
    await delay(ms)
  }
}

/**
 * What is under way once nothing is, seen twice; or what still is when the time is over, or whoever asks is gone. Undefined
 * as soon as there is no such machine.
 */
export async function atRest(
  look: () => Quiescence | undefined,
  seconds: number,
  isGone: () => boolean
): Promise<Quiescence | undefined> {
  const rest = new AtRest()
  return lookUntil(look, (now) => now === undefined || rest.look([now]), seconds, isGone)
}

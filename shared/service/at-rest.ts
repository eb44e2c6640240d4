import { setTimeout as delay } from 'node:timers/promises'
import { isIdle, type Quiescence } from '../engine/quiescence.ts'

/** Between two looks, at first and at most, in ms: what keeps a machine busy for long is not looked at often. */
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

/**
 * What is under way once nothing is, seen twice; or what still is when the time is over, or whoever asks is gone. Undefined
 * as soon as there is no such machine.
 */
export async function atRest(
  look: () => Quiescence | undefined,
  seconds: number,
  isGone: () => boolean
): Promise<Quiescence | undefined> {
  const end = performance.now() + seconds * 1000
  let before: Quiescence | undefined
  for (let ms = FIRST_LOOK_MS; ; ms = Math.min(2 * ms, LAST_LOOK_MS)) {
    const now = look()
    if (now === undefined || isSame(now, before) || performance.now() >= end || isGone()) return now
    before = isIdle(now) ? now : undefined
    await delay(ms)
  }
}

const isSame = (now: Quiescence, before: Quiescence | undefined) =>
  isIdle(now) && now.accepted === before?.accepted && now.sent === before.sent && now.delivered === before.delivered

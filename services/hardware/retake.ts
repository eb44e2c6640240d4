import { Type } from 'typebox'
import { closed } from '../../shared/contracts/common.ts'
import { peLivelock, peProgress, peRetake, peSpin } from '../../shared/contracts/notes/hardware.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import type { Io } from '../../shared/model/io.ts'
import { LIVELOCK_AFTER_NS, nextMoment } from '../../shared/model/repetition.ts'
import { timerType } from '../../shared/model/timer.ts'
import type { Execution } from './execute.ts'
import type { Context } from './state.ts'

/** On which a context takes once more what it has taken before; the rest says which wait it is of. */
export const retakeTimer = timerType(
  peRetake.type,
  closed({ context: Type.String(), since: Type.Integer({ minimum: 0 }), takes: Type.Integer({ minimum: 1 }) })
)

/** A PE that was away for so long, and for longer than it had been at it, was sent to the same instruction anew. */
const AWAY_NS = 1_000_000_000

/** A context that has taken something else, or nothing, before. */
export function takenFirst(raised: string | undefined, now: number): Omit<Context, 'access'> {
  return { raised, spinning: false, isTold: false, takes: 1, since: now, last: now }
}

/** One that was away for longer than it had been at it is at the beginning again: somebody has sent it there anew. */
export function takenAgain(context: Context, now: number): Context {
  const wasAway = now - context.last > Math.max(AWAY_NS, nextMoment(context.last - context.since))
  const since = wasAway && !context.spinning ? now : context.since
  return { ...context, spinning: false, takes: context.takes + 1, since, last: now }
}

/**
 * When a context takes the same exception again. A PE that nothing helps takes it as fast as its handlers return, 10,000
 * times a second or more, and most of these takes meet the same answer; those left out lie between moments that grow
 * apart. A change of stage 2, stage 1, the line or the routing does not wait for the next.
 *
 * Spec: Arm DDI 0487, D1.4 (exception return): the instruction executes again, and nothing counts how often.
 * Fidelity: approximates. Each take goes through firmware and kernels; how many there are is not real, nor is how long
 * it takes to see that an answer has changed which changes no translation.
 */
export function dueAt({ since, last }: Pick<Context, 'since' | 'last'>): number {
  return since + nextMoment(last - since)
}

/**
 * Whether the same exception is taken at once: when its moment has come, and the first time that it is a stage 2 fault,
 * since whoever has handled it may have put memory there that is mapped on demand.
 */
export function isDue(context: Context, execution: Execution, now: number): boolean {
  return now >= dueAt(context) || (execution.kind === 'stage-2-fault' && context.takes === 1)
}

/** The context waits for the moment at which it takes its exception again, and says how often it has done so. */
export function park(key: string, context: Context, io: Io): Context {
  const { raised = '', takes, since, last } = context
  const againInNs = dueAt(context) - io.now
  if (last - since < LIVELOCK_AFTER_NS) io.note(peSpin, { context: key, error: raised, takes, againInNs })
  else io.note(peLivelock, { context: key, error: raised, takes, forNs: last - since })
  io.timer(againInNs, retakeTimer, { context: key, since, takes })
  return { ...context, spinning: true, isTold: true }
}

/** Whether it is this wait that the timer belongs to. */
export function isParkedBy(context: Context, { since, takes }: DataOf<typeof retakeTimer>): boolean {
  return context.spinning && context.since === since && context.takes === takes
}

/** A context that was said to spin does not any more. */
export function noteProgress(key: string, { raised = '', takes, isTold }: Context, io: Io): void {
  if (isTold) io.note(peProgress, { context: key, error: raised, takes })
}

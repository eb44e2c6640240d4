import type { Instance } from './instance.ts'

/** What is still under way. A system is at rest when nothing waits and, looked at twice, nothing was accepted. */
export interface Quiescence {
  /** Inputs taken in, messages and questions that left, and those of them that have arrived or been answered. */
  readonly accepted: number
  readonly sent: number
  readonly delivered: number
  readonly waitingAsks: number
  readonly timers: readonly { machine: string; id: string; type: string; dueInNs: number }[]
}

type Due = Quiescence['timers'][number]

/** One pass without lists in between: it is asked again and again, of services with many machines. */
export function quiescenceOf(
  instances: Iterable<Instance>,
  { accepted, asked }: { readonly accepted: number; readonly asked: number },
  now: number
): Quiescence {
  let sent = asked
  let delivered = asked
  let waitingAsks = 0
  const dues: Due[] = []
  for (const { machine, lanes, asked: waiting, timers } of instances) {
    waitingAsks += waiting.size
    for (const lane of lanes.values()) {
      sent += lane.sent
      delivered += lane.delivered
    }
    for (const { timer, due } of timers.values()) {
      dues.push({ machine, id: timer.id, type: timer.type, dueInNs: Math.max(0, due - now) })
    }
  }
  return { accepted, sent, delivered: delivered - waitingAsks, waitingAsks, timers: dues }
}

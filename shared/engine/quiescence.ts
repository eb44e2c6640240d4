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

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

export function quiescenceOf(
  instances: readonly Instance[],
  { accepted, asked }: { readonly accepted: number; readonly asked: number },
  now: number
): Quiescence {
  const lanes = instances.flatMap((instance) => [...instance.lanes.values()])
  const waitingAsks = sum(instances.map((instance) => instance.asked.size))
  return {
    accepted,
    sent: sum(lanes.map((lane) => lane.sent)) + asked,
    delivered: sum(lanes.map((lane) => lane.delivered)) + asked - waitingAsks,
    waitingAsks,
    timers: instances.flatMap(({ machine, timers }) =>
      [...timers.values()].map(({ timer: { id, type }, due }) => ({
        machine,
        id,
        type,
        dueInNs: Math.max(0, due - now)
      }))
    )
  }
}

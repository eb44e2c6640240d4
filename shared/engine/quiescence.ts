import type { Cell } from './instance.ts'

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
  cells: readonly Cell[],
  { accepted, asked }: { readonly accepted: number; readonly asked: number },
  now: number
): Quiescence {
  const lanes = cells.flatMap((cell) => [...cell.lanes.values()])
  const waitingAsks = sum(cells.map((cell) => cell.asked.size))
  return {
    accepted,
    sent: sum(lanes.map((lane) => lane.sent)) + asked,
    delivered: sum(lanes.map((lane) => lane.delivered)) + asked - waitingAsks,
    waitingAsks,
    timers: cells.flatMap(({ machine, timers }) =>
      [...timers.values()].map(({ timer: { id, type }, due }) => ({
        machine,
        id,
        type,
        dueInNs: Math.max(0, due - now)
      }))
    )
  }
}

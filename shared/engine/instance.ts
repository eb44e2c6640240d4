import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Ask, Input, Send, Timer } from '../model/step.ts'

/** What became of a message that was offered to a layer. `answer` is JSON. */
export type Reply =
  | { readonly kind: 'accepted'; readonly id: string; readonly seq: number }
  | { readonly kind: 'answered'; readonly id: string; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly problem: Problem }

/** An input that a machine has accepted: what a repeat of it is told. */
export interface Seen {
  readonly input: Pick<Input, 'id' | 'type' | 'from'>
  /** Its place in the journal, 0 while it is not there yet. */
  seq: number
  /** What a repeat is told; absent while that is not known. */
  reply: Reply | undefined
  /** Who waits for that. */
  waiting: ((reply: Reply) => void)[]
}

/** A question that is out. */
export interface Asked {
  readonly ask: Ask
  readonly traceparent: string | undefined
  /** Stops repeating it. */
  giveUp: (() => void) | undefined
  /** Stops its deadline. */
  stop: (() => void) | undefined
}

export interface Armed {
  readonly timer: Timer
  /** Nanoseconds of the service's clock. */
  readonly due: number
  readonly traceparent: string | undefined
  stop: (() => void) | undefined
}

/** One machine's share of a layer: its state, and what is on its way in and out. */
export interface Cell {
  readonly machine: string
  state: unknown
  /** Ids that the service made for messages which came without one. */
  made: number
  readonly seen: Map<string, Seen>
  /** The inputs whose answers are still kept, oldest first. */
  readonly answered: Set<Seen>
  readonly asked: Map<string, Asked>
  readonly timers: Map<string, Armed>
  /** Sends to a layer: how many there were, and how many its receiver has accepted. */
  readonly lanes: Map<Layer, { sent: number; delivered: number }>
  /** What leaves only once a restart has read everything back. */
  held: (Send | Ask)[]
}

export function newCell(machine: string, state: unknown): Cell {
  return {
    machine,
    state,
    made: 0,
    seen: new Map(),
    answered: new Set(),
    asked: new Map(),
    timers: new Map(),
    lanes: new Map(),
    held: []
  }
}

export function laneOf(cell: Cell, to: Layer): { sent: number; delivered: number } {
  let lane = cell.lanes.get(to)
  if (lane === undefined) cell.lanes.set(to, (lane = { sent: 0, delivered: 0 }))
  return lane
}

/** Ids that are remembered of each machine; a repeat that is older counts as new. */
const REMEMBERED = 200_000
/** Answers that are kept of each machine, for repeats of their questions. */
const ANSWERS = 10_000

/** Remembers an input, and forgets the oldest. */
export function remember(cell: Cell, seen: Seen): void {
  cell.seen.set(seen.input.id, seen)
  if (cell.seen.size <= REMEMBERED) return
  const [oldest] = cell.seen.values()
  if (oldest?.reply !== undefined) cell.seen.delete(oldest.input.id)
}

/** Gives a question its answer, and forgets the oldest answer. */
export function tellAnswer(cell: Cell, seen: Seen, answer: unknown): void {
  const { id } = seen.input
  tell(seen, { kind: 'answered', id, answer })
  cell.answered.add(seen)
  if (cell.answered.size <= ANSWERS) return
  const [oldest] = cell.answered
  if (oldest === undefined) return
  cell.answered.delete(oldest)
  const forgotten = problem('answer-forgotten', `${oldest.input.type} was answered long ago`, {
    instance: oldest.input.id
  })
  oldest.reply = { kind: 'refused', problem: forgotten }
}

/** Says what became of an input to all who wait for it, now and later. */
export function tell(seen: Seen, reply: Reply): void {
  seen.reply = reply
  const { waiting } = seen
  seen.waiting = []
  for (const told of waiting) told(reply)
}

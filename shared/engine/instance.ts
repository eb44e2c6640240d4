import type { DeadLetter } from '../contracts/dead-letter.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Problem } from '../contracts/problem.ts'
import type { Ask, Input, Send, Timer } from '../model/step.ts'
import { tell, type Seen } from './seen.ts'

/** A question that is out. */
export interface Asked {
  readonly ask: Ask
  readonly traceparent: string | undefined
  /** How many messages had been sent to the same layer before it. */
  readonly behind: number
  /** When it was asked, in nanoseconds of the service's clock: its deadline counts from then, also over a restart. */
  readonly since: number
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

/** A handler on the stack, as far as others need it. */
export interface LiveHandler {
  /** Inputs of its machine that came meanwhile. */
  readonly waiting: Input[]
  /** The question that it waits for. */
  readonly waitsFor: string | undefined
  answered(value: unknown): void
}

/** Reads a snapshot, and gives what puts it in its place. */
export type Asleep = () => () => void

/** One machine's share of a layer: its state, and what is on its way in and out. */
export class Instance {
  readonly machine: string
  /** Ids that the service made for messages which came without one. */
  made = 0
  /** About how many bytes the remembered inputs take, and the answers that are kept. */
  readonly remembered = { ids: 0, answers: 0 }
  /** Position of its newest journal entry, where positions are kept. */
  place = 0
  /** What is kept of it since its last snapshot: rows, about how many bytes, since when; and the size of the snapshot. */
  readonly behind = { rows: 0, bytes: 0, since: 0, snapshot: 0 }
  /** Inputs taken in and questions asked; a machine is at rest when neither grows. */
  accepted = 0
  questions = 0
  /** Messages that were dead letters, and were dropped unsent. */
  dropped = 0
  readonly #seen = new Map<string, Seen>()
  /** Questions that are out. */
  readonly asked = new Set<Asked>()
  /** It is being deleted: what still comes of it takes no effect, unless it stays because its end cannot be kept. */
  leaving: (() => void)[] | undefined
  /** The input that is being handled on the stack: its answer needs no look-up. */
  current: Seen | undefined
  /** The handler that is on the stack, if one is. */
  live: LiveHandler | undefined
  /** A defect of the model: the machine goes no further, and says why to whoever sends to it. */
  fault: Problem | undefined
  #state: unknown
  #kept: { readonly state: unknown } | undefined
  /** What a snapshot has of it, as long as nobody has asked for that since the restart. */
  #asleep: Asleep | undefined
  #answered: Set<Seen> | undefined
  #out: Map<string, Send> | undefined
  #timers: Map<string, Armed> | undefined
  #lanes: Map<Layer, SentTo> | undefined
  #held: (Send | Ask)[] | undefined
  #letters: Map<string, DeadLetter> | undefined
  #retried: Set<string> | undefined

  constructor(machine: string, state: unknown) {
    this.machine = machine
    this.#state = state
  }

  get state(): unknown {
    if (this.#asleep !== undefined) this.#wake(this.#asleep)
    return this.#state
  }

  set state(state: unknown) {
    this.#state = state
  }

  /** The state as far as it is kept, which is what others may see; absent while nothing of the machine is. */
  get kept(): { readonly state: unknown } | undefined {
    if (this.#asleep !== undefined) this.#wake(this.#asleep)
    return this.#kept
  }

  set kept(kept: { readonly state: unknown } | undefined) {
    this.#kept = kept
  }

  get isKept(): boolean {
    return this.#kept !== undefined || this.#asleep !== undefined
  }

  /** The inputs that are remembered, oldest first. */
  get seen(): Map<string, Seen> {
    if (this.#asleep !== undefined) this.#wake(this.#asleep)
    return this.#seen
  }

  /** Its state and what it remembers are made only when somebody asks for them; all of that is kept. */
  sleep(asleep: Asleep): void {
    this.#asleep = asleep
  }

  get isAsleep(): boolean {
    return this.#asleep !== undefined
  }

  #wake(read: Asleep): void {
    // Where it cannot be read nobody is shown anything else.
    const fill = read()
    this.#asleep = undefined
    fill()
    this.#kept = { state: this.#state }
  }

  /** The inputs whose answers are still kept, oldest first. */
  get answered(): Set<Seen> {
    if (this.#asleep !== undefined) this.#wake(this.#asleep)
    return (this.#answered ??= new Set())
  }

  /** What was sent and no receiver has taken yet. */
  get out(): Map<string, Send> {
    return (this.#out ??= new Map<string, Send>())
  }

  get timers(): Map<string, Armed> {
    return (this.#timers ??= new Map<string, Armed>())
  }

  /** What leaves only once a restart has read everything back. */
  get held(): (Send | Ask)[] {
    return (this.#held ??= [])
  }

  /** What its receiver refused or failed on for ever, by ids. */
  get letters(): Map<string, DeadLetter> {
    return (this.#letters ??= new Map<string, DeadLetter>())
  }

  /** Those that are being sent again. */
  get retried(): Set<string> {
    return (this.#retried ??= new Set<string>())
  }

  get hasLetters(): boolean {
    return this.#letters !== undefined && this.#letters.size > 0
  }

  /** Whether a message, or a question that still waits, is a dead letter. */
  isDead(id: string): boolean {
    return this.#letters?.has(id) === true
  }

  /** What was sent to each layer. */
  get lanes(): Map<Layer, SentTo> {
    return (this.#lanes ??= new Map<Layer, SentTo>())
  }
}

/** The question with this id that is out, or undefined. */
export function askedBy(instance: Instance, id: string): Asked | undefined {
  for (const asked of instance.asked) if (asked.ask.id === id) return asked
  return undefined
}

/** Whether a letter keeps its layer from going on: a question that nobody is about to answer. */
export function isHolding(instance: Instance, { id, kind }: DeadLetter): boolean {
  if (kind !== 'question' || instance.retried.has(id)) return false
  const asked = askedBy(instance, id)
  // With a deadline it gets its fallback then.
  return asked !== undefined && asked.stop === undefined
}

/** The letters of a machine that keep its layer from going on. */
export function holdingLetters(instance: Instance): readonly DeadLetter[] {
  if (!instance.hasLetters) return NO_LETTERS
  return [...instance.letters.values()].filter((letter) => isHolding(instance, letter))
}
const NO_LETTERS: readonly DeadLetter[] = []

/** Messages sent to a layer, and those that its receiver has accepted. */
export interface SentTo {
  sent: number
  delivered: number
}

export function laneOf(instance: Instance, to: Layer): SentTo {
  let lane = instance.lanes.get(to)
  if (lane === undefined) instance.lanes.set(to, (lane = { sent: 0, delivered: 0 }))
  return lane
}

/** A defect ends the machine: whoever waits for an answer is told, and whoever sends from now on. */
export function stop(instance: Instance, fault: Problem): void {
  instance.fault ??= fault
  refuseWaiting(instance, fault)
}

/** Tells whoever waits for an answer of a machine why there will be none. */
export function refuseWaiting(instance: Instance, why: Problem): void {
  for (const seen of instance.seen.values()) {
    if (seen.reply === undefined) tell(seen, { kind: 'refused', journalled: false, problem: why })
  }
}

import type { GoalName } from './goals.ts'

/** `stories/s a core` and its like count a second of CPU, of all threads of the process, as one second. */
export type Unit =
  | 'stories/s a core'
  | 'stories/s'
  | 'records/s a core'
  | 'memory_failure/s a core'
  | 'runs/s a core'
  | 'B'
  | 'elements'
  | 'us'
  | 'ms'
  | 's'

/** One thing that was measured. */
export interface Figure {
  readonly name: string
  readonly unit: Unit
  readonly value: number
  /** The same of a bare WebSocket ring, measured in the same run. */
  readonly ring?: number
  /** The goals that this figure is held to. */
  readonly goals?: readonly GoalName[]
}

/** What ran before anything was measured. */
export interface WarmUp {
  readonly what: string
  readonly count: number
  /** Of what: `stories`, `records`. */
  readonly of: string
  readonly seconds: number
}

/** What a leg has measured; JSON, since a leg runs in a process of its own. */
export interface Result {
  readonly figures: readonly Figure[]
  readonly warmUps: readonly WarmUp[]
  /** Sentences on how these figures came about, with what is known only after the run. */
  readonly notes: readonly string[]
}

/** How long a leg measures. `quick` is for a look while working: it warms up less and samples less. */
export type Scale = 'full' | 'quick'

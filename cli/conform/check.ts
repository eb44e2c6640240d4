import type { Scene } from './scene.ts'

/** A rule of a layer's contract, and how to see whether a service keeps it. */
export interface Check {
  /** A few words, as a name: `record-before-notification`. */
  readonly name: string
  /** What the contract asks, in a sentence. */
  readonly about: string
  /** Throws Broken, with what was expected and what came; or Skipped, where the service is free not to do it. */
  readonly run: (scene: Scene) => Promise<void>
}

/** What came of one rule. */
export interface RuleResult {
  readonly rule: string
  readonly about: string
  /** What broke it, nothing when it holds. */
  readonly broken: readonly string[]
  /** Why the rule says nothing of this service, if it does not. */
  readonly skipped?: string
}

/** The service cannot be reached at all. */
export class ServiceDown extends Error {}

/** Somebody answers, who is no implementation of this layer: nothing further is worth checking. */
export class NotALayer extends Error {}

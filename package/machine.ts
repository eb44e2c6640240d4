import type { Static, TObject, TSchema } from 'typebox'
import type { Became } from '../shared/contracts/became.ts'
import type { MessageType, QuestionType } from '../shared/contracts/message.ts'
import type { System } from '../shared/machine-room/system.ts'
import { failuresOf } from '../shared/scenario/check-expectation.ts'
import { planOf, type Overrides } from '../shared/scenario/plan.ts'
import type { Stage } from '../shared/scenario/places.ts'
import { orStepError } from '../shared/scenario/refused.ts'
import { runOut } from '../shared/scenario/run-out.ts'
import type { Expectation } from '../shared/scenario/schema-expect.ts'
import { setUp } from '../shared/scenario/set-up.ts'
import { takeStep } from '../shared/scenario/take-step.ts'
import { verdictSentence } from '../shared/story/verdict-sentence.ts'
import type { WireEntry } from '../shared/trace/entry.ts'
import { narrate } from '../shared/trace/narrate.ts'
import { outcomeOf, type Outcome } from '../shared/trace/outcome.ts'
import { notAsExpected } from './expect.ts'
import { expectationOf, settingWith, type Setting, type Step } from './given.ts'

/** Where an error is: the name of a task or process, or what `poison` of a scenario takes. */
export type Poison = NonNullable<Step['poison']>
/** Who touches memory, or what `touch` of a scenario takes. */
export type Touch = NonNullable<Step['touch']>

/**
 * A machine with a host, VMs and tasks, to which things happen one after the other. Each call is done when nothing that it led
 * to is under way any more. What a layer refuses rejects with the problem of that layer in the message.
 */
export class Machine {
  /** Its name, which the ids of its messages begin with. */
  readonly name: string
  readonly #stage: Stage
  readonly #setting: Setting

  private constructor(stage: Stage, setting: Setting) {
    this.name = stage.machine
    this.#stage = stage
    this.#setting = setting
  }

  /** Makes a machine and whoever is on it. Rejects with ScenarioMistakes, or with what a layer refused. */
  static async make(system: System, name: string, setting: Setting, overrides: Overrides): Promise<Machine> {
    const plan = planOf(settingWith(setting), overrides)
    return new Machine(await orStepError('setting up', setUp(system, name, plan)), setting)
  }

  /** Does one step, as in `steps` of a scenario. Rejects with ScenarioMistakes, or with what a layer refused. */
  async step(step: Step): Promise<void> {
    const [taken] = settingWith(this.#setting, step).steps
    if (taken !== undefined) await orStepError('the step', takeStep(this.#stage, taken))
  }

  /** Plants an error: in the memory of a task by its name, or as `poison` of a scenario says it. Nobody has consumed it yet. */
  inject(where: Poison): Promise<void> {
    return this.step({ poison: where })
  }

  /** A task or a process loads from its memory; or whatever else `touch` of a scenario says. */
  touch(where: Touch): Promise<void> {
    return this.step({ touch: where })
  }

  /** Lets time pass, as `500ms` or `2s`: virtual time, where the system is in this process. */
  wait(time: string): Promise<void> {
    return this.step({ wait: time })
  }

  /**
   * Hands a message to the layer that accepts it and gives the message's id. Addresses in `data` are `bigint`, bytes are
   * `Uint8Array`. Rejects with a ProblemError that names the field.
   */
  async tell<Data extends TObject>(message: MessageType<Data>, data: Static<Data>): Promise<string> {
    const id = await this.#stage.system.tell(this.name, message, data)
    await this.#stage.system.settle(this.name)
    return id
  }

  /** Asks a layer a question and gives its reply, in which addresses are `bigint`. Rejects with a ProblemError. */
  ask<Data extends TObject, Reply extends TSchema>(
    question: QuestionType<Data, Reply>,
    data: Static<Data>
  ): Promise<Static<Reply>> {
    return this.#stage.system.ask(this.name, question, data)
  }

  /** What became of a message, by the id that `tell` gave. Rejects with a ProblemError when there was none. */
  became(message: MessageType, id: string): Promise<Became> {
    return this.#stage.system.became(this.name, message, id)
  }

  /** Everything that has happened, cause before effect; addresses are `"0x…"`, bytes base64. `entriesOf` reads it by type. */
  journal(): Promise<readonly WireEntry[]> {
    return this.#stage.system.journal(this.name)
  }

  /**
   * How everyone has ended by now. Time passes until what comes by itself (a poll, a retry) has come once more, so that a
   * livelock is told from a delay.
   */
  async outcome(): Promise<Outcome> {
    return outcomeOf(await this.#ended())
  }

  /** The outcome in a sentence. */
  async sentence(): Promise<string> {
    return verdictSentence(await this.#ended()).text
  }

  /** What has happened as a text for people, a line an event. */
  async story(): Promise<readonly string[]> {
    return narrate(await this.journal())
  }

  /**
   * Holds how everyone has ended, and what has happened, against `expect` of a scenario: what is left out is not looked at.
   * Rejects with an AssertionError that says what differs and what came nearest; with ScenarioMistakes when nothing could
   * ever be so.
   */
  async expect(expectation: Expectation): Promise<void> {
    const expected = expectationOf(this.#setting, expectation)
    const journal = await this.#ended()
    const failures = failuresOf(expected, outcomeOf(journal), journal)
    if (failures.length > 0) throw notAsExpected(failures, expected, journal)
  }

  #ended(): Promise<readonly WireEntry[]> {
    return runOut(this.#stage.system, this.name)
  }
}

import { problem, type Problem } from '../contracts/problem.ts'
import type { TraceContext } from '../contracts/trace-context.ts'
import type { Input } from '../model/step.ts'
import type { Compaction } from './compaction.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Effects } from './effects.ts'
import type { GroupCommit } from './group-commit.ts'
import { Instance, refuseWaiting } from './instance.ts'
import type { Intake } from './intake.ts'
import type { EnginePorts } from './ports.ts'
import { startOf } from './stored-input.ts'

const STARTED = { form: 'wire', json: {}, cause: undefined, traceparent: undefined, ask: undefined } as const

export interface MachinesParts {
  readonly ports: EnginePorts
  readonly instances: Map<string, Instance>
  readonly now: () => number
  readonly commit: GroupCommit
  readonly effects: Effects
  readonly intake: Intake
  readonly deadLetters: DeadLetters
  /** Absent where nothing is kept. */
  readonly compaction: Compaction | undefined
  /** The trace that the start of a machine is part of. */
  readonly arrived: (machine: string, start: Input, given: TraceContext | undefined) => TraceContext | undefined
}

/** The machines of an engine, as they are made and as they go. */
export class Machines {
  readonly #parts: MachinesParts

  constructor(parts: MachinesParts) {
    this.#parts = parts
  }

  /** The machine with this name, in its first state if it is not there yet. */
  make(machine: string): Instance {
    const { instances, ports } = this.#parts
    let instance = instances.get(machine)
    if (instance === undefined) {
      instance = new Instance(machine, ports.model.initial(machine))
      instances.set(machine, instance)
    }
    return instance
  }

  /** Makes a machine. `done` is told whether it was new when that cannot be lost any more, or why it could not be kept. */
  create(machine: string, done: (created: boolean | Problem) => void, context?: TraceContext): void {
    const { ports, instances, now, commit, intake, arrived } = this.#parts
    if (instances.has(machine)) return commit.later(() => done(false), done)
    ports.positions?.made(machine)
    const start = startOf(ports.model.layer, machine, now())
    const instance = this.make(machine)
    const traceparent = arrived(machine, start, context)
    intake.take(
      instance,
      start,
      { ...STARTED, traceparent },
      {
        reply: (reply) => {
          if (reply.kind !== 'refused') return done(true)
          if (instance.kept === undefined) this.#unmake(instance)
          done(reply.problem)
        }
      }
    )
  }

  /** Makes a machine, as soon as it can be kept. */
  insist(machine: string): void {
    this.create(machine, (made) => {
      if (typeof made !== 'boolean') this.#parts.commit.retry(() => this.insist(machine))
    })
  }

  /** A machine could not be kept: it has never been, and no snapshot may say otherwise. */
  #unmake(instance: Instance): void {
    const { instances, compaction } = this.#parts
    compaction?.forget(instance)
    if (instances.get(instance.machine) === instance) instances.delete(instance.machine)
  }

  /**
   * Makes a machine that is where another one is: it shares that one's state, which never changes in place, and has its
   * timers set anew for when they are due. Throws when the other one is unknown or waits for an answer, or this one exists.
   * Only where nothing is kept, since the store knows no inputs of it.
   */
  fork(template: string, machine: string): void {
    const { instances, ports, effects } = this.#parts
    const from = instances.get(template)
    if (from === undefined) throw new Error(`there is no machine ${template}`)
    if (instances.has(machine)) throw new Error(`there is a machine ${machine} already`)
    if (from.asked.size > 0 || from.live !== undefined) throw new Error(`${template} waits for an answer`)
    if (ports.store.durable) throw new Error('a fork cannot be kept')
    const fork = new Instance(machine, from.state)
    instances.set(machine, fork)
    for (const { timer, due, traceparent } of from.timers.values()) effects.set(fork, { timer, due, traceparent })
  }

  /** Forgets a machine. Throws when it waits for an answer. */
  forget(machine: string): void {
    const { instances, deadLetters } = this.#parts
    const instance = instances.get(machine)
    if (instance === undefined) return
    if (instance.asked.size > 0 || instance.live !== undefined) throw new Error(`${machine} waits for an answer`)
    for (const armed of instance.timers.values()) armed.stop?.()
    deadLetters.forget(instance)
    instances.delete(machine)
  }

  /**
   * Deletes a machine with all that was kept of it. Whoever waits for an answer of it is refused, what it has sent and not
   * delivered is not sent any more, and who names it later names a machine that is not there. `done` is told whether there
   * was one, when that cannot be lost any more, or why it is still there.
   */
  delete(machine: string, done: (existed: boolean | Problem) => void): void {
    const { ports, instances, commit, intake } = this.#parts
    const instance = instances.get(machine)
    if (instance === undefined) return commit.later(() => done(false), done)
    instance.leaving = []
    instances.delete(machine)
    ports.store.forget(machine, intake.last)
    commit.later(
      () => {
        this.#end(instance)
        done(true)
      },
      (why) => {
        const meanwhile = instance.leaving ?? []
        instance.leaving = undefined
        instances.set(machine, instance)
        for (const happen of meanwhile) happen()
        done(why)
      }
    )
  }

  /** A machine is no more: nothing of it is under way, and whoever waits for it is told. */
  #end(instance: Instance): void {
    const { ports, compaction, deadLetters } = this.#parts
    const { machine } = instance
    compaction?.forget(instance)
    for (const armed of instance.timers.values()) armed.stop?.()
    for (const asked of instance.asked) {
      asked.stop?.()
      asked.giveUp?.()
    }
    deadLetters.forget(instance)
    ports.transport.forget?.(machine)
    refuseWaiting(instance, problem('machine-deleted', `machine ${machine} was deleted`))
    ports.positions?.deleted(machine)
  }
}

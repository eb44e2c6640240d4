import type { Waits } from '../contracts/became.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Effects } from './effects.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Instance } from './instance.ts'
import type { EnginePorts } from './ports.ts'
import { quiescenceOf, type Quiescence } from './quiescence.ts'
import type { Room } from './room.ts'
import { waitsOf } from './waits.ts'

export interface StandingParts {
  readonly ports: Pick<EnginePorts, 'model' | 'store'>
  readonly instances: ReadonlyMap<string, Instance>
  readonly commit: GroupCommit
  readonly effects: Effects
  readonly room: Room | undefined
  readonly now: () => number
  /** The state of a machine as far as it is kept. */
  readonly stateOf: (machine: string) => { readonly state: unknown } | undefined
}

/** How an engine stands, for whoever watches it: what is under way, what has stopped, and why. Looking changes nothing. */
export class Standing {
  readonly #parts: StandingParts

  constructor(parts: StandingParts) {
    this.#parts = parts
  }

  /** Why nothing can be kept for now, or something is wrong with what is; undefined when all is well. */
  storageTrouble(): Problem | undefined {
    const { ports, commit } = this.#parts
    const told = ports.store.trouble?.()
    return commit.trouble ?? (told === undefined ? undefined : problem('storage-failed', told))
  }

  /** Machines that a defect of the model has stopped, with what it was. */
  faults(): readonly { readonly machine: string; readonly fault: string }[] {
    return [...this.#parts.instances.values()].flatMap(({ machine, fault }) =>
      fault === undefined ? [] : [{ machine, fault: fault.detail }]
    )
  }

  /** Machines whose state is larger than it may be, with about how many bytes it takes. */
  full(): readonly { readonly machine: string; readonly bytes: number }[] {
    const { instances, room } = this.#parts
    return [...instances.values()].flatMap((instance) => {
      const bytes = room?.fullSize(instance)
      return bytes === undefined ? [] : [{ machine: instance.machine, bytes }]
    })
  }

  /** What this layer is still about to do because of a message; `isUnder` says which ids follow from that. */
  waits(machine: string, isUnder: (id: string) => boolean): readonly Waits[] {
    const { ports, instances, commit, now } = this.#parts
    const { model } = ports
    const instance = instances.get(machine)
    if (instance === undefined) return []
    const pending = (state: unknown) => model.pending?.(state) ?? []
    const waits = waitsOf({ layer: model.layer, pending }, instance, now(), isUnder)
    // What is kept shows in the journal only then, and nobody knows before what it follows from.
    if (!commit.isBusy) return waits
    return [...waits, { layer: model.layer, for: 'storage', id: '', type: '' }]
  }

  /** Why this layer does nothing more on a machine; undefined when it does. */
  stopped(machine: string): string | undefined {
    const { ports, instances, stateOf } = this.#parts
    const instance = instances.get(machine)
    const shown = stateOf(machine)
    return shown === undefined ? undefined : (instance?.fault?.detail ?? ports.model.stopped?.(shown.state))
  }

  /** What is still under way, on all machines or on one; undefined when there is no such machine. */
  quiescence(): Quiescence
  quiescence(machine: string): Quiescence | undefined
  quiescence(machine?: string): Quiescence | undefined {
    if (machine === undefined) return this.#orKeeping(this.counts())
    const { ports, instances, now } = this.#parts
    const instance = instances.get(machine)
    return instance && this.#orKeeping(quiescenceOf(ports.model.layer, [instance], now()))
  }

  /** What there is and was, as counted: of what is about to be kept nothing is told. */
  counts(): Quiescence {
    const { ports, instances, effects, now } = this.#parts
    return quiescenceOf(ports.model.layer, instances.values(), now(), effects)
  }

  /** What is not kept yet has not led to anything yet: until it has, nothing is at rest. */
  #orKeeping(quiet: Quiescence): Quiescence {
    return this.#parts.commit.isBusy ? { ...quiet, sent: quiet.sent + 1 } : quiet
  }
}

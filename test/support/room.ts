import { MODELS } from '../../services/layers.ts'
import { policyDecide, type Decision, type Question } from '../../shared/contracts/policy.ts'
import { dispatch, on } from '../../shared/model/dispatch.ts'
import { procedure } from '../../shared/model/procedure.ts'
import type { AnyModel } from '../../shared/model/step.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { systemOfRoom, type System } from '../../shared/machine-room/system.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/** All layers in one process under virtual time; messages pass their schemas as they would between services. */
export function room(
  options: RoomOptions = {},
  models: readonly AnyModel[] = MODELS
): { bus: MachineRoom; system: System } {
  const bus = new MachineRoom(models, { validate: true, machines: [], ...options })
  return { bus, system: systemOfRoom(bus) }
}

/** All layers, with a policy of the test's own in place of the built-in ones. */
export function withPolicy(decide: (question: Question) => Decision): readonly AnyModel[] {
  const policy = procedure(
    'policy',
    () => null,
    dispatch<null, 'policy'>('policy', [
      on(policyDecide, (state, question, io) => [io.answer(decide(question)), state])
    ])
  )
  return [...MODELS.filter(({ layer }) => layer !== 'policy'), policy]
}

/** What a journal holds, by type. */
export interface Readers {
  /** Data of the notes of a type, in order. */
  readonly notes: (type: string) => readonly Record<string, unknown>[]
  /** Data of the messages of a type, in order. */
  readonly messages: (type: string) => readonly Record<string, unknown>[]
}

/** Looks into a journal by kind and type. */
export function readers(journal: readonly WireEntry[]): Readers {
  const of = (kind: string) => (type: string) =>
    journal
      .filter((entry) => entry.kind === kind && entry.type === type)
      .map((entry) => entry.data as Record<string, unknown>)
  return { notes: of('note'), messages: of('message') }
}

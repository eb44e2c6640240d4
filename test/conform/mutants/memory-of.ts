import type { AnyModel, Effect, Input } from '../../../shared/model/step.ts'

/** Faults in what a model remembers, for mutants. */

type Told = Pick<Input, 'type' | 'data'>

/** What is told of a type is answered and told on as ever, and nothing of it is remembered. */
export const forgets =
  (type: string, when: (effects: readonly Effect[]) => boolean = () => true) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step(state, input, live) {
      const [next, effects] = model.step(state, input, live)
      return [input.type === type && when(effects) ? state : next, effects]
    }
  })

/** What is told of a type is answered, and nothing comes of it. */
export const ignores =
  (type: string) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step(state, input, live) {
      if (input.type !== type) return model.step(state, input, live)
      return [state, model.step(state, input)[1].filter(({ kind }) => kind === 'answer')]
    }
  })

const quietly = (model: AnyModel, state: unknown, input: Input, told: readonly Told[]): unknown =>
  told.reduce(
    (next, { type, data }, nth) =>
      model.step(next, { ...input, from: 'outside', id: `${input.id}.quietly${nth}`, type, data })[0],
    state
  )

/** Before a message of a type the model is told of something else, and nobody hears what comes of that. */
export const before =
  <Data>(type: string, tells: (data: Data) => readonly Told[]) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step: (state, input, live) =>
      model.step(input.type === type ? quietly(model, state, input, tells(input.data as Data)) : state, input, live)
  })

/** The same, after it. */
export const after =
  <Data>(type: string, tells: (data: Data) => readonly Told[]) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step(state, input, live) {
      const [next, effects] = model.step(state, input, live)
      return [input.type === type ? quietly(model, next, input, tells(input.data as Data)) : next, effects]
    }
  })

import type { TObject } from 'typebox'

/** A timer that a layer arms and handles itself; `data` is what it finds again when the timer fires. */
export interface TimerType<Data extends TObject = TObject> {
  readonly kind: 'timer'
  /** Type of the input that it fires as, e.g. `ghes.poll`. */
  readonly type: string
  readonly data: Data
}

/** Declares a timer, where the layer that arms it lives. */
export function timerType<Data extends TObject>(type: string, data: Data): TimerType<Data> {
  return { kind: 'timer', type, data }
}

import type { Static, TObject, TSchema } from 'typebox'
import type { Layer } from '../contracts/layer.ts'
import { MACHINE_START, type MessageType, type OneWayType, type QuestionType } from '../contracts/message.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import type { AnsweringIo, Handler, Io, Said } from './io.ts'
import type { TimerType } from './timer.ts'

/**
 * What a layer does with one kind of input. `Subject` is what its handler works on and `Result` what that becomes: a
 * state and the next one, or a session and nothing. `Data` is there for the compiler only.
 */
export interface Row<Subject, Result, To extends Layer = Layer, Data = unknown> {
  readonly of: MessageType<TObject, To> | TimerType | typeof MACHINE_START
  readonly handle: (subject: Subject, data: unknown, io: AnsweringIo<unknown>) => Result
  readonly data?: Data
}

/**
 * The handler of a message or a timer, with the data of its contract. The handler of a question is given `io.answer` for
 * a reply of the contract's type and returns what that said, with its result if it has one: it cannot forget to answer.
 */
export function on<Subject, Result, Data extends TObject, Reply extends TSchema, To extends Layer>(
  question: QuestionType<Data, Reply, To>,
  handle: (subject: Subject, data: Static<Data>, io: AnsweringIo<Static<Reply>>) => readonly [Said, Result]
): Row<Subject, Result, To, Static<Data>>
export function on<Subject, Data extends TObject, Reply extends TSchema, To extends Layer>(
  question: QuestionType<Data, Reply, To>,
  handle: (subject: Subject, data: Static<Data>, io: AnsweringIo<Static<Reply>>) => Said
): Row<Subject, void, To, Static<Data>>
export function on<Subject, Result, Data extends TObject, To extends Layer>(
  message: OneWayType<Data, To>,
  handle: (subject: Subject, data: Static<Data>, io: Io) => Result
): Row<Subject, Result, To, Static<Data>>
export function on<Subject, Result, Data extends TObject>(
  timer: TimerType<Data>,
  handle: (subject: Subject, data: Static<Data>, io: Io) => Result
): Row<Subject, Result, never, Static<Data>>
export function on(
  of: MessageType | TimerType,
  handle: (subject: unknown, data: unknown, io: AnsweringIo<unknown>) => unknown
): Row<unknown, unknown> {
  const isQuestion = 'reply' in of && of.reply !== undefined
  if (!isQuestion) return { of, handle }
  return {
    of,
    handle(subject, data, io) {
      const said = handle(subject, data, io)
      return Array.isArray(said) ? (said[1] as unknown) : undefined
    }
  }
}

/** What a layer does when its machine starts; without it, nothing. */
export function onStart<Subject, Result>(handle: (subject: Subject, io: Io) => Result): Row<Subject, Result, never> {
  return { of: MACHINE_START, handle: (subject, _, io) => handle(subject, io) }
}

/**
 * Rows whose handlers work on a part of what the layer has: one VM of many, or a session that is opened for the input.
 * `enter` finds the part, has it handled, and gives what then becomes of the whole. It may refuse.
 */
export function within<Outer, Inner, Result, Whole, To extends Layer, Data = unknown>(
  enter: (whole: Outer, io: Io, handle: (part: Inner) => Result, data: Data) => Whole,
  rows: readonly Row<Inner, Result, To, NoInfer<Data>>[]
): readonly Row<Outer, Whole, To>[] {
  return rows.map(({ of, handle }) => ({
    of,
    handle: (whole, data, io) => enter(whole, io, (part) => handle(part, data, io), data as Data)
  }))
}

/**
 * The handler of a whole layer. Its rows and its contract agree, or it throws as soon as it is made: every message the
 * layer accepts has one row, and no row is for anything else. An input that is neither a message of the contract nor one
 * of the layer's own timers is refused.
 */
export function dispatch<State, const To extends Layer>(
  layer: To,
  rows: readonly Row<State, State, NoInfer<To>>[],
  accepts: readonly MessageType[] = ACCEPTS[layer]
): Handler<State> {
  const { messages, timers } = tablesOf(layer, rows, accepts)
  return (state, { type, from, data }, io) => {
    const row = (from === 'timer' ? timers : messages).get(type)
    if (row !== undefined) return row.handle(state, data, io)
    if (type === MACHINE_START) return state
    return io.refuse('event-type-unknown', `${layer} accepts no ${type}`)
  }
}

type Table<State> = Map<string, Row<State, State>>

/** The rows by the type of their input. Throws when they are not what the contract says. */
function tablesOf<State>(layer: Layer, rows: readonly Row<State, State>[], accepts: readonly MessageType[]) {
  const messages: Table<State> = new Map()
  const timers: Table<State> = new Map()
  for (const row of rows) {
    const type = row.of === MACHINE_START ? MACHINE_START : row.of.type
    const isTimer = row.of !== MACHINE_START && 'kind' in row.of
    const table = isTimer ? timers : messages
    if (table.has(type)) throw new Error(`${layer} has two handlers of ${type}`)
    if (row.of !== MACHINE_START && !('kind' in row.of) && !accepts.includes(row.of)) {
      throw new Error(`${layer} has a handler of ${type}, which its contract does not have`)
    }
    table.set(type, row)
  }
  const missing = accepts.filter(({ type }) => !messages.has(type)).map(({ type }) => type)
  if (missing.length > 0) throw new Error(`${layer} has no handler of ${missing.join(', ')}`)
  return { messages, timers }
}

import type { TObject, TSchema } from 'typebox'
import type { ProblemCode } from '../contracts/problem.ts'

/** Something of a machine's state that can be read. */
export interface ReadRoute<State> {
  /** What is done, to what: `getVm`; the `operationId` of `/openapi.json`. */
  readonly id: string
  /** Fastify path template below `/v1/machines/:machine`, e.g. `/v1/machines/:machine/vms/:vm`. */
  readonly path: string
  readonly summary: string
  /** The path's parameters but for `machine`; absent ones are strings. The reader gets model values. */
  readonly params?: TObject
  readonly query?: TObject
  /** The JSON that is answered, for `/openapi.json`; `text` is text as it is. */
  readonly reply: TSchema | 'text'
  /** Values of the path's parameters that make a working curl line. */
  readonly example?: Readonly<Record<string, string | number>>
  /**
   * A value (answered as JSON), text (as it is), bytes (as they are or as base64, by Accept), or undefined for what is
   * not there (404). `params` and `query` are together in `asked`.
   */
  read(state: State, asked: Readonly<Record<string, unknown>>, context: ReadContext): unknown
  /** How bytes look as JSON; without it `{ bytes: base64 }`. */
  json?(bytes: Uint8Array, state: State, asked: Readonly<Record<string, unknown>>): unknown
  /** What undefined means; default `resource-unknown`. */
  readonly missing?: ProblemCode
}

export interface ReadContext {
  readonly machine: string
  /** Nanoseconds of the service's clock. */
  readonly now: number
}

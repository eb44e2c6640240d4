import {
  spanIdOf,
  onward,
  ownContext,
  traceIdOf,
  traceparentOf,
  tracestateOf
} from '../../../shared/contracts/trace-context.ts'
import type { TraceContext } from '../../../shared/contracts/trace-context.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { HEADER } from '../../../shared/transport/headers.ts'
import type { SpanExport } from '../../../shared/service/watching/span-export.ts'

type Fetch = typeof globalThis.fetch

/** Nanoseconds since `performance.timeOrigin`. */
const now = () => Math.round(performance.now() * 1e6)

/** The id of a run among the messages of its machine. */
const RUN = 'run'

/**
 * A run as one trace: all that it asks of the services goes on in the trace of whoever asked for the run, or in one of its
 * own, and has the run for its cause.
 */
export class RunTrace {
  readonly #machine: string
  readonly #given: TraceContext | undefined
  readonly #context: TraceContext
  readonly #since = now()

  constructor(machine: string, given: TraceContext | undefined) {
    this.#machine = machine
    this.#given = given
    this.#context = onward(given ?? ownContext(machine, RUN), machine, RUN)
  }

  /** Requests within the trace. */
  fetch(fetch: Fetch): Fetch {
    const state = tracestateOf(this.#context)
    const added = {
      [HEADER.traceparent]: traceparentOf(this.#context),
      ...(state === undefined ? {} : { [HEADER.tracestate]: state })
    }
    return (input, init = {}) => {
      const headers = new Headers(init.headers)
      for (const [name, value] of Object.entries(added)) headers.set(name, value)
      return fetch(input, { ...init, headers })
    }
  }

  /** Waits for what runs in the trace; the span of the run is told when that is over. */
  async run<T>(spans: SpanExport | undefined, running: Promise<T>): Promise<T> {
    try {
      const done = await running
      this.#end(spans)
      return done
    } catch (error) {
      this.#end(spans, error instanceof ProblemError ? error.problem.code : 'failed')
      throw error
    }
  }

  #end(spans: SpanExport | undefined, failure?: string): void {
    spans?.add({
      name: 'outside -> console run',
      kind: 'server',
      trace: traceIdOf(this.#context),
      state: tracestateOf(this.#context),
      span: spanIdOf(this.#context),
      parent: this.#given === undefined ? undefined : spanIdOf(this.#given),
      isParentRemote: true,
      since: this.#since,
      until: now(),
      attributes: { 'seabus.machine': this.#machine, 'seabus.type': RUN },
      failure
    })
  }
}

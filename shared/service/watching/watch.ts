import type { FastifyBaseLogger } from 'fastify'
import type { Layer } from '../../contracts/layer.ts'
import type { Arrival, JournalPort } from '../../engine/ports.ts'
import type { Transport } from '../../transport/transport.ts'
import { Deliveries } from './deliveries.ts'
import { EntryCounts, loudOf } from './entry-counts.ts'
import { eventLog } from './event-log.ts'
import type { Neighbours } from './neighbours.ts'
import type { SpanExport } from './span-export.ts'
import { spanOfArrival, spanOfDelivery, type Span } from './spans.ts'

export interface WatchPorts {
  readonly layer: Layer
  readonly now: () => number
  readonly logger: FastifyBaseLogger | undefined
  /** Where spans go; absent where nobody asks for them. */
  readonly spans: SpanExport | undefined
  readonly neighbours: Neighbours
}

/**
 * Watches a service from outside of its engine: what goes into its journal is counted and logged, what leaves is timed, and
 * both become spans. What a restart plays again is not counted: it has been.
 */
export class Watch {
  readonly counts = new EntryCounts()
  readonly deliveries: Deliveries
  readonly neighbours: Neighbours
  /** Told of a message that arrives; absent where nobody wants spans. */
  readonly arrived: ((arrival: Arrival) => void) | undefined
  restartSeconds: number | undefined
  readonly #log: ReturnType<typeof eventLog> | undefined
  #isOn = false

  constructor({ layer, now, logger, spans, neighbours }: WatchPorts) {
    this.neighbours = neighbours
    this.#log = logger === undefined ? undefined : eventLog(logger)
    const add = (span: Span | undefined) => {
      if (span !== undefined) spans?.add(span)
    }
    this.deliveries = new Deliveries(now, spans === undefined ? undefined : (delivery) => add(spanOfDelivery(delivery)))
    this.arrived = spans === undefined ? undefined : (arrival) => add(spanOfArrival({ ...arrival, to: layer }))
  }

  /** The same journal, watched. */
  journal(journal: JournalPort): JournalPort {
    return {
      append: (draft) => {
        if (this.#isOn) {
          const loud = loudOf(draft)
          this.counts.add(draft, loud)
          this.#log?.(draft, loud)
        }
        return journal.append(draft)
      }
    }
  }

  /** The same transport, watched. */
  transport(transport: Transport): Transport {
    return this.deliveries.over(transport)
  }

  /** Starts the service, which `bringBack` does, and watches from then on. */
  start(bringBack: () => void): void {
    const begun = performance.now()
    bringBack()
    this.restartSeconds = (performance.now() - begun) / 1000
    this.#isOn = true
  }
}

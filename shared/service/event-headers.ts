import type { FastifyRequest } from 'fastify'
import { EVENT_MAX } from '../contracts/event-bounds.ts'
import { ProblemError } from '../contracts/problem.ts'
import { HEADER, layerOfSource } from '../transport/headers.ts'
import type { Incoming } from '../engine/accepted.ts'
import { traceOf } from './trace-of.ts'

type Headers = Pick<FastifyRequest, 'headers'>

/** The parts of an envelope that have a bound; the id has a rule of its own, and a `tracestate` that is too long counts as none. */
const BOUNDED = Object.entries(EVENT_MAX) as readonly (readonly [keyof typeof EVENT_MAX, number])[]

/**
 * What the headers of a request say of its message, for those who send it as an event in binary mode. Throws ProblemError for a
 * header that is longer than the same part may be over a link or in a structured event.
 */
export function eventHeaders(request: Headers): Pick<Incoming, 'id' | 'from' | 'cause' | 'traceparent'> {
  for (const [part, most] of BOUNDED) {
    const name = HEADER[part]
    const { length = 0 } = headerOf(request, name) ?? ''
    if (length <= most) continue
    throw new ProblemError('field-invalid', `the header ${name} has ${length} characters; ${most} are the most`, {
      field: `/${part}`
    })
  }
  return {
    id: headerOf(request, HEADER.idempotencyKey) ?? headerOf(request, HEADER.id),
    from: layerOfSource(headerOf(request, HEADER.source)),
    cause: headerOf(request, HEADER.causationid),
    traceparent: traceOf(request)
  }
}

function headerOf({ headers }: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

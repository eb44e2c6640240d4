import type { FastifyRequest } from 'fastify'
import { contextOf, type TraceContext } from '../contracts/trace-context.ts'
import { HEADER } from '../transport/headers.ts'

/** The trace that whoever asks is in; undefined where it says none. */
export function traceOf({ headers }: Pick<FastifyRequest, 'headers'>): TraceContext | undefined {
  const text = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  return contextOf(text(HEADER.traceparent), text(HEADER.tracestate))
}

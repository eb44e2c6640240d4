import { contextOf, ownContext, traceIdOf, tracestateOf, type TraceContext } from '../contracts/trace-context.ts'

/** Between the causes of a message and the trace that it is part of; causes have one space between. */
const TRACE = '  '

/** The causes with the trace behind them, unless that is the one which the message has by itself. */
export function withContext(
  cause: string | undefined,
  machine: string,
  id: string,
  context: TraceContext
): string | undefined {
  if (tracestateOf(context) === undefined && traceIdOf(context) === traceIdOf(ownContext(machine, id))) return cause
  return `${cause?.split(' ').filter(Boolean).join(' ') ?? ''}${TRACE}${context}`
}

/** What `withContext` made, in its parts. */
export function parted(kept: string | undefined): {
  readonly cause: string | undefined
  readonly context: string | undefined
} {
  const at = kept?.indexOf(TRACE) ?? -1
  const context = at < 0 ? undefined : contextOfText(kept?.slice(at + TRACE.length))
  // A sender may have put two spaces between its causes.
  return context === undefined ? { cause: kept, context } : { cause: kept?.slice(0, at) || undefined, context }
}

function contextOfText(text = ''): TraceContext | undefined {
  const [traceparent, ...state] = text.split(' ')
  return contextOf(traceparent, state.length === 0 ? undefined : state.join(' '))
}

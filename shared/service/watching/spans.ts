import {
  isSampled,
  spanIdOf,
  spanOf,
  traceIdOf,
  tracestateOf,
  type TraceContext
} from '../../contracts/trace-context.ts'
import type { Arrival } from '../../engine/ports.ts'
import { causeOf } from '../../trace/entry.ts'
import type { Delivery } from './deliveries.ts'

/**
 * One crossing of a boundary. A message between our services has its span from the one that sends it, from when it left to
 * when it was accepted or answered; one from outside, or from someone else's service, from the one that takes it. The span
 * of a message has its id from that of the message, so that whoever causes another need not be asked.
 */
export interface Span {
  readonly name: string
  readonly kind: 'client' | 'producer' | 'server' | 'internal'
  /** 32 and 16 hexadecimal digits. */
  readonly trace: string
  readonly span: string
  readonly parent: string | undefined
  readonly isParentRemote: boolean
  readonly state: string | undefined
  /** Nanoseconds of the service's clock. */
  readonly since: number
  readonly until: number
  readonly attributes: Readonly<Record<string, string>>
  /** Why it is no success; undefined when it is one. */
  readonly failure: string | undefined
}

const ANSWER = '.a'

/** The span of what caused a message: an answer is part of its question. */
function parentOf(machine: string, causes: string | undefined): string | undefined {
  const [cause = ''] = causes?.split(' ', 1) ?? []
  if (cause === '') return undefined
  return spanOf(machine, cause.endsWith(ANSWER) ? cause.slice(0, -ANSWER.length) : cause)
}

interface Said {
  readonly machine: string
  readonly id: string
  readonly type: string
  readonly cause: string | undefined
  readonly data?: unknown
}

function attributesOf({ machine, id, type, cause, data }: Said): Record<string, string> {
  const vm = (data as { readonly vm?: unknown } | null | undefined)?.vm
  return {
    'seabus.machine': machine,
    'seabus.type': type,
    'seabus.id': id,
    ...(cause === undefined ? {} : { 'seabus.cause': cause }),
    ...(typeof vm === 'string' ? { 'seabus.vm': vm } : {})
  }
}

const ids = (context: TraceContext) => ({ trace: traceIdOf(context), state: tracestateOf(context) })

/** The span of a message that was sent; undefined where its trace is not sampled. */
export function spanOfDelivery({ message: sent, since, until, outcome, code }: Delivery): Span | undefined {
  const { machine, id, message, from, traceparent: context, data } = sent
  if (context === undefined || !isSampled(context)) return undefined
  const { to, type, reply } = message
  const cause = sent.cause ?? causeOf(id)
  return {
    ...ids(context),
    name: `${from} -> ${to} ${type}`,
    kind: reply === undefined ? 'producer' : 'client',
    span: spanIdOf(context),
    parent: parentOf(machine, cause),
    isParentRemote: false,
    since,
    until,
    attributes: { ...attributesOf({ machine, id, type, cause, data }), 'seabus.outcome': outcome },
    failure: outcome === 'refused' ? code : outcome === 'given-up' ? outcome : undefined
  }
}

/** The span of a message that came, or of a timer; undefined where its sender has told it already. */
export function spanOfArrival({ to, ...arrival }: Arrival & { readonly to: string }): Span | undefined {
  const { machine, id, type, from, time, context, isOwn } = arrival
  if (!isSampled(context)) return undefined
  const span = spanOf(machine, id)
  if (from === 'timer') return spanOfTimer(arrival, to)
  const isOurs = from !== 'outside' && !isOwn && spanIdOf(context) === span
  if (isOurs) return undefined
  const cause = arrival.cause ?? (from === 'outside' ? undefined : causeOf(id))
  const isGiven = !isOwn && spanIdOf(context) !== span
  return {
    ...ids(context),
    name: `${from} -> ${to} ${type}`,
    kind: 'server',
    span,
    parent: isGiven ? spanIdOf(context) : from === 'outside' ? undefined : parentOf(machine, cause),
    isParentRemote: isGiven,
    since: time,
    until: time,
    attributes: attributesOf({ machine, id, type, cause }),
    failure: undefined
  }
}

/** What a timer leads to has it for its cause. */
function spanOfTimer({ machine, id, type, time, context, cause }: Arrival, layer: string): Span {
  return {
    ...ids(context),
    name: `${layer} timer ${type}`,
    kind: 'internal',
    span: spanOf(machine, id),
    parent: parentOf(machine, cause),
    isParentRemote: false,
    since: time,
    until: time,
    attributes: attributesOf({ machine, id, type, cause }),
    failure: undefined
  }
}

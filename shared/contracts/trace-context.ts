/**
 * W3C Trace Context, as it travels with messages: `traceparent`, then, with a space between, `tracestate` if there is one.
 * Nothing of it is made up: a trace that nobody gave has the machine and the message that began it for its id, and the span
 * of a message has the message's own id, so that all services name them alike and a restart names them as before.
 */
export type TraceContext = string

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?![^-])/
const MEMBER = String.raw`[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]`
const TRACESTATE = new RegExp(`^${MEMBER}(,${MEMBER}){0,31}$`)
/** `00-<trace id>-<span id>-<flags>` */
const LENGTH = 55
const TRACE_AT = 3
const SPAN_AT = 36
const FLAGS_AT = 53
const SAMPLED = '01'
const MAX_STATE = 512

/**
 * What came as two headers as one text. Undefined where `traceparent` is not what it should be: the recommendation has it
 * ignored then. A `tracestate` that is not is left out.
 */
export function contextOf(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined
  // Only version 00 is known to end there; of a later one that is what is understood.
  if (traceparent.length > LENGTH && traceparent.startsWith('00')) return undefined
  const parent = `00${traceparent.slice(2, LENGTH)}`
  if (tracestate === undefined || tracestate.length > MAX_STATE) return parent
  const state = tracestate
    .split(',')
    .map((member) => member.trim())
    .join(',')
  return TRACESTATE.test(state) ? `${parent} ${state}` : parent
}

export const traceparentOf = (context: TraceContext): string => context.slice(0, LENGTH)

export const tracestateOf = (context: TraceContext): string | undefined =>
  context.length > LENGTH ? context.slice(LENGTH + 1) : undefined

/** 32 hexadecimal digits. */
export const traceIdOf = (context: TraceContext): string => context.slice(TRACE_AT, SPAN_AT - 1)

/** 16 hexadecimal digits: the span that a message with this context is part of. */
export const spanIdOf = (context: TraceContext): string => context.slice(SPAN_AT, FLAGS_AT - 1)

export const isSampled = (context: TraceContext): boolean => (parseInt(context.slice(FLAGS_AT, LENGTH), 16) & 1) === 1

/** The id of the span of a message of a machine. */
export function spanOf(machine: string, id: string): string {
  const span = hash(`${machine} ${id}`, 0x811c9dc5)
  return span === NO_SPAN ? '0000000000000001' : span
}

/** The context of a message that no trace came with: that of what began it. */
export function ownContext(machine: string, id: string): TraceContext {
  const dot = id.indexOf('.')
  const root = `${machine} ${dot < 0 ? id : id.slice(0, dot)}`
  return `00-${hash(root, 0x2545f491)}${hash(root, 0x9e3779b9)}-${hash(root, 0x811c9dc5)}-${SAMPLED}`
}

/** The context of a message that leaves a machine because of one that came with `context`. */
export function onward(context: TraceContext, machine: string, id: string): TraceContext {
  return context.slice(0, SPAN_AT) + spanOf(machine, id) + context.slice(FLAGS_AT - 1)
}

const NO_SPAN = '0'.repeat(16)
const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0')

/** 64 bits that tell texts apart, as 16 digits: two rounds of FNV-1a with a stir at the end. Nobody is kept out by them. */
function hash(text: string, seed: number): string {
  let a = seed
  let b = ~seed
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x5bd1e995) + a
  }
  return hex(stir(a ^ text.length)) + hex(stir(b + a))
}

function stir(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

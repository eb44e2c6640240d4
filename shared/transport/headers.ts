import { LAYERS, type Layer } from '../contracts/layer.ts'

/**
 * The headers of a message. CloudEvents 1.0 in HTTP binary mode, so that the body is `data` alone and whoever does not
 * care for events may ignore them.
 */
export const HEADER = {
  /** On a journal: wall time of its nanosecond 0, in ms since 1970. */
  epoch: 'seabus-epoch',
  specversion: 'ce-specversion',
  id: 'ce-id',
  source: 'ce-source',
  type: 'ce-type',
  subject: 'ce-subject',
  time: 'ce-time',
  /** Id of what led to the message; further causes stand behind, with spaces between. */
  causationid: 'ce-causationid',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  idempotencyKey: 'idempotency-key',
  /** RFC 7240: what whoever asks would like, and in the answer, what of it was done. */
  prefer: 'prefer',
  preferenceApplied: 'preference-applied',
  /** In an answer: the message is in the receiver's journal, at this place. */
  journal: 'seabus-journal'
} as const

/** How a service answers what it does not offer. */
export const NOT_OFFERED: ReadonlySet<number> = new Set([404, 405, 501])

export const EVENT_MEDIA_TYPE = 'application/cloudevents+json'
export const BYTES_MEDIA_TYPE = 'application/octet-stream'

const NAMES: ReadonlySet<string> = new Set(LAYERS)

/** CloudEvents `source` of a layer. */
export function sourceOf(layer: Layer): string {
  return `/${layer}`
}

/** The layer that a CloudEvents `source` names; anyone else is outside. */
export function layerOfSource(source: string | undefined): Layer | 'outside' {
  const name = source?.startsWith('/') ? source.slice(1) : source
  return name !== undefined && NAMES.has(name) ? (name as Layer) : 'outside'
}

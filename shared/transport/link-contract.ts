import { createHash } from 'node:crypto'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { ACCEPTS } from '../contracts/registry.ts'

/** What a schema says to people, and what changes nothing about which values fit. */
const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'examples', 'example', '$comment', '$id'])
/** Their keys are names of fields, not words of JSON Schema. */
const NAMED: ReadonlySet<string> = new Set(['properties', 'patternProperties'])

/** A schema without annotations, its keys in order, so that what means the same is written the same. */
function bare(schema: unknown, areNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => bare(part))
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([key]) => areNames || !ANNOTATIONS.has(key))
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(kept.map(([key, part]) => [key, bare(part, !areNames && NAMED.has(key))]))
}

/**
 * A name for what a layer accepts: SHA-256, in hex, over the types of its messages and the schemas of their data and
 * replies. Paths, summaries and examples are not in it, since no link depends on them.
 */
export function contractOf(accepts: readonly MessageType[]): string {
  const rows = accepts.map(({ type, data, reply }) => [type, bare(data), reply === undefined ? null : bare(reply)])
  rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}

const known = new Map<Layer, string>()

/** The same of a layer as the registry of contracts has it; computed once. */
export function contractOfLayer(layer: Layer): string {
  let contract = known.get(layer)
  if (contract === undefined) known.set(layer, (contract = contractOf(ACCEPTS[layer])))
  return contract
}

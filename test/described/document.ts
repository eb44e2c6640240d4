import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import type { Schema } from '../support/json-schema.ts'
import { request } from '../support/requests.ts'
import type { Services } from '../support/services.ts'

export interface Content {
  readonly schema: Schema
  readonly example?: unknown
}
export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Content>> }>
  >
}
export interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One operation and where it is. */
export interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const operationsOf = ({ paths }: Document): readonly Placed[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  )

export const documentAt = async (url: string) => (await request(`${url}/openapi.json`)).json as Document

/** What each service says of itself. */
export async function documents({ urls }: Pick<Services, 'urls'>): Promise<Readonly<Record<Layer, Document>>> {
  const all = await Promise.all(LAYERS.map(async (layer) => [layer, await documentAt(urls[layer])] as const))
  return Object.fromEntries(all) as Record<Layer, Document>
}

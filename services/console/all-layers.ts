import { canonicalJson } from '../../shared/contracts/canonical-json.ts'
import type { Fields } from '../../shared/contracts/fields.ts'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { camel, pascal } from '../../shared/service/describing/operation-id.ts'

type Named = Readonly<Record<string, Fields>>

/** An OpenAPI document as a service gives it, or somebody else's who serves a layer. */
export interface ApiDocument extends Fields {
  readonly info?: Fields
  readonly paths?: Named
  readonly components?: Readonly<Record<string, Named>>
}

/** The documents of the layers; of one that has none, why. */
export type ApiDocuments = Readonly<Partial<Record<ModelledLayer, ApiDocument | string>>>

const REFERENCE = '#/components/'
const SCHEMAS = 'schemas'
const METHODS: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/**
 * The console's document with those of all layers in it, each under the path where the console lets one through to it. A schema
 * that is the same in all that have it is there once, under its name; others are called by their layers, as are operations.
 */
export function unified(own: ApiDocument, layers: ApiDocuments): ApiDocument {
  const there = Object.entries(layers).flatMap(([layer, one]) =>
    typeof one === 'string' ? [] : [[layer, one] as const]
  )
  const absent = Object.entries(layers).flatMap(([layer, one]) => (typeof one === 'string' ? [`${layer}: ${one}`] : []))
  const shared = sharedNames([own, ...there.map(([, one]) => one)])
  const renamed = there.map(([layer, one]) => [layer, withNames(one, layer, shared)] as const)
  const described = ['Console and all layers as one.', ...absent.map((why) => `Not in here is ${why}.`)].join(' ')
  return {
    ...own,
    info: { ...own.info, title: 'seabus', description: described },
    paths: Object.assign({}, own.paths, ...renamed.map(([layer, one]) => pathsOf(layer, one))) as Named,
    components: componentsOf([own, ...renamed.map(([, one]) => one)])
  }
}

const schemasOf = (document: ApiDocument): Named => document.components?.[SCHEMAS] ?? {}

/** Names of schemas that mean the same wherever they are, and so does all that these refer to. */
function sharedNames(documents: readonly ApiDocument[]): ReadonlySet<string> {
  const texts = new Map<string, Set<string>>()
  const refersTo = new Map<string, Set<string>>()
  for (const [name, schema] of documents.flatMap((document) => Object.entries(schemasOf(document)))) {
    setIn(texts, name).add(canonicalJson(schema))
    for (const other of referredTo(schema)) setIn(refersTo, name).add(other)
  }
  const shared = new Set([...texts].filter(([, all]) => all.size === 1).map(([name]) => name))
  for (let size = -1; size !== shared.size;) {
    size = shared.size
    for (const name of shared)
      if ([...(refersTo.get(name) ?? [])].some((other) => !shared.has(other))) shared.delete(name)
  }
  return shared
}

function setIn(all: Map<string, Set<string>>, name: string): Set<string> {
  const known = all.get(name) ?? new Set()
  all.set(name, known)
  return known
}

const PREFIX = `${REFERENCE}${SCHEMAS}/`

function referredTo(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return []
  const { $ref } = part as { readonly $ref?: unknown }
  const own = typeof $ref === 'string' && $ref.startsWith(PREFIX) ? [$ref.slice(PREFIX.length)] : []
  return [...own, ...Object.values(part).flatMap(referredTo)]
}

/** A document of a layer whose components do not have the names of others' any more. */
function withNames(document: ApiDocument, layer: string, shared: ReadonlySet<string>): ApiDocument {
  const nameOf = (kind: string, name: string) =>
    kind === SCHEMAS && shared.has(name) ? name : pascal(layer) + pascal(name)
  const moved = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(moved)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => {
        if (key !== '$ref' || typeof value !== 'string' || !value.startsWith(REFERENCE)) return [key, moved(value)]
        const [kind = '', name = ''] = value.slice(REFERENCE.length).split('/')
        return [key, `${REFERENCE}${kind}/${nameOf(kind, name)}`]
      })
    )
  }
  const components = Object.entries(document.components ?? {}).map(([kind, all]) => [
    kind,
    Object.fromEntries(Object.entries(all).map(([name, one]) => [nameOf(kind, name), moved(one)]))
  ])
  const { paths } = document
  return {
    ...document,
    paths: moved(paths ?? {}) as Named,
    components: Object.fromEntries(components) as Record<string, Named>
  }
}

/** The paths of a layer as the console has them, each operation by the name of the layer and its own. */
function pathsOf(layer: string, { paths = {} }: ApiDocument): Named {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => {
      const operations = Object.entries(item).map(([method, one]) => {
        if (!METHODS.has(method)) return [method, one]
        const { operationId, ...rest } = one as { readonly operationId?: string }
        const id = operationId === undefined ? {} : { operationId: camel(`${layer}-${operationId}`) }
        // The console asks for its own token, and shows the services theirs.
        return [method, { ...rest, ...id, tags: [layer], security: undefined }]
      })
      return [`/services/${layer}${path}`, Object.fromEntries(operations) as Fields]
    })
  )
}

/** All components in one; who may come in is the console's own affair. */
function componentsOf([own, ...layers]: readonly ApiDocument[]): Record<string, Named> {
  const all: Record<string, Record<string, Fields>> = {}
  for (const { components = {} } of layers) {
    for (const [kind, some] of Object.entries(components)) {
      if (kind !== 'securitySchemes') all[kind] = { ...all[kind], ...some }
    }
  }
  for (const [kind, some] of Object.entries(own?.components ?? {})) all[kind] = { ...all[kind], ...some }
  const { [SCHEMAS]: schemas = {}, ...others } = all
  return { ...others, schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

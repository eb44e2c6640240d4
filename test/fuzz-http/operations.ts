import { exampleBody } from '../../shared/contracts/path.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { request } from '../support/requests.ts'
import type { Operation } from './mutate.ts'

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}
type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>

/** Streams that do not end, and what makes another system of this one. */
const LEFT_OUT = /^\/(services|docs)/

/** Every operation of a service's OpenAPI. */
export async function operationsOf(layer: Layer, url: string): Promise<readonly Operation[]> {
  const { json } = await request(`${url}/openapi.json`)
  const { paths } = json as { readonly paths: Paths }
  return Object.entries(paths).flatMap(([path, methods]) => {
    if (LEFT_OUT.test(path)) return []
    return Object.entries(methods).map(([name, { parameters = [] }]) => {
      const method = name.toUpperCase()
      const template = path.replaceAll(/\{(\w+)\}/g, ':$1')
      const message = ACCEPTS[layer].find((one) => one.method === method && one.path === template)
      const query = parameters.filter((each) => each.in === 'query').map((each) => each.name)
      const example = message === undefined ? {} : exampleBody(message)
      // A journal that is followed does not end.
      return { method, path, query: query.filter((each) => each !== 'follow' && each !== 'wait'), example }
    })
  })
}

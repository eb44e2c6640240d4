import type { Fields } from '../../contracts/fields.ts'
import type { ProblemCode } from '../../contracts/problem.ts'
import { Components } from './components.ts'
import { refusals } from './refusals.ts'

interface Described extends Fields {
  readonly 'x-refuses'?: readonly ProblemCode[]
  readonly 'x-model-refuses'?: readonly number[]
  readonly requestBody?: Fields & { readonly content: Readonly<Record<string, { readonly schema?: unknown }>> }
  readonly responses: Fields
}

/** An OpenAPI document as `@fastify/swagger` makes it of the routes. */
export interface Made extends Fields {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components?: Fields
  readonly security?: readonly unknown[]
}

/**
 * The document as it is served: with every refusal that an operation answers, and with each schema that has a name once, in
 * `components.schemas`. Throws Error for two schemas that are different and have the same name.
 */
export function documentOf(made: Made): Made {
  const components = new Components()
  const asksToken = made.security !== undefined
  const paths = Object.entries(made.paths ?? {}).map(([path, item]) => {
    const operations = Object.entries(item).map(([method, one]) => [
      method,
      components.taken(complete(method, one as Described, asksToken))
    ])
    return [path, Object.fromEntries(operations) as Fields]
  })
  return {
    ...made,
    paths: Object.fromEntries(paths) as Made['paths'] & object,
    components: { ...made.components, schemas: components.schemas }
  }
}

function complete(method: string, described: Described, asksToken: boolean): Fields {
  const { 'x-refuses': refuses = [], 'x-model-refuses': modelRefuses = [], requestBody, responses, ...rest } = described
  return {
    ...rest,
    ...(requestBody && { requestBody: { ...requestBody, required: isNeeded(requestBody.content) } }),
    responses: { ...responses, ...refusals({ method, asksToken, refuses, modelRefuses }) }
  }
}

/** A body may be left out where nothing in it must be there. */
function isNeeded(content: Readonly<Record<string, { readonly schema?: unknown }>>): boolean {
  const { type, required = [] } = (content['application/json']?.schema ?? {}) as {
    readonly type?: string
    readonly required?: readonly string[]
  }
  return type !== 'object' || required.length > 0
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hintFor } from '../contracts/nearest.ts'
import { ProblemError } from '../contracts/problem.ts'
import { short } from '../contracts/validate.ts'

type Field = { readonly type?: string } | undefined
interface QuerySchema {
  readonly properties?: Readonly<Record<string, Field>>
}

/** Routes that do not describe themselves (of a service behind us, or of pages), and health, which is told whoever asks how. */
const UNDESCRIBED = /\*|^\/health|^\/docs(?:\/(?!problems|fidelity|matrix)|$)/

/**
 * Looks at the query of every route: a parameter that the route's schema has not is refused, and so is one that is given
 * more than once where it has one value. Whoever reads a query after this finds one text a parameter, or a list if meant.
 */
export function checkQueries(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { url, routeOptions, is404 } = request
    if (is404 || !url.includes('?') || UNDESCRIBED.test(routeOptions.url ?? '*')) return done()
    done(refusal(request) as Error | undefined)
  })
}

function refusal({ query, routeOptions }: FastifyRequest): ProblemError | undefined {
  const { properties = {} } = (routeOptions.schema?.querystring ?? {}) as QuerySchema
  for (const [name, given] of Object.entries(query as Readonly<Record<string, unknown>>)) {
    const shown = short(name)
    const field = `/${shown}`
    if (!Object.hasOwn(properties, name)) {
      const hint = hintFor(shown, Object.keys(properties))
      return new ProblemError('field-unknown', `${shown} is no parameter here${hint}`, { field })
    }
    if (Array.isArray(given) && properties[name]?.type !== 'array') {
      const detail = `${name} is given ${given.length} times, and it has one value`
      return new ProblemError('parameter-repeated', detail, { field })
    }
  }
  return undefined
}

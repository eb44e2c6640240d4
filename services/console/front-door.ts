import type { FastifyRequest } from 'fastify'
import { authorization } from '../../shared/transport/authorization.ts'

type Headers = FastifyRequest['headers']

const STAYS_HERE: ReadonlySet<string> = new Set(['authorization', 'cookie', 'origin', 'sec-fetch-site'])

/**
 * The headers of a request that goes on to a service. Who sent it has been looked at here, so that what it showed, and
 * which page it came from, stays here; the console shows what the services ask for.
 */
export function headersOf(token: string | undefined): (request: unknown, headers: Headers) => Headers {
  const shown = authorization(token)
  return (_request, headers) => {
    const others = Object.entries(headers).filter(([name]) => !STAYS_HERE.has(name))
    return { ...Object.fromEntries(others), ...shown }
  }
}

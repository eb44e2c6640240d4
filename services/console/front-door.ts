import type { FastifyRequest } from 'fastify'
import { forwardedBy } from '../../shared/service/origin.ts'
import { authorization } from '../../shared/transport/authorization.ts'

type Headers = FastifyRequest['headers']

const STAYS_HERE: ReadonlySet<string> = new Set(['authorization', 'cookie', 'origin', 'sec-fetch-site'])

/**
 * The headers of a request that goes on to a service. Who sent it has been looked at here, so that what it showed, and
 * which page it came from, stays here; the console shows what the services ask for, and where the caller came in.
 */
export function headersOf(
  token: string | undefined,
  prefix: string
): (request: Pick<FastifyRequest, 'protocol' | 'host' | 'headers'>, headers: Headers) => Headers {
  const shown = authorization(token)
  const forwarded = forwardedBy(prefix)
  return (request, headers) => {
    const others = Object.entries(headers).filter(([name]) => !STAYS_HERE.has(name))
    return { ...forwarded(request, Object.fromEntries(others)), ...shown }
  }
}

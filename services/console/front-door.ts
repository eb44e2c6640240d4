import type { FastifyReply, FastifyRequest, RawServerBase, RouteGenericInterface } from 'fastify'
import { problem } from '../../shared/contracts/problem.ts'
import { forwardedBy } from '../../shared/service/origin.ts'
import { sendProblem } from '../../shared/service/problems.ts'
import { authorization } from '../../shared/transport/authorization.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'

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

/** A reply as the proxy hands it on, which leaves open what kind of server it is of. */
type ProxyReply = FastifyReply<RouteGenericInterface, RawServerBase>

/** Answers for a service that does not: nothing is wrong here, and it may be back soon. */
export function answerAbsent(layer: string, url: string): (reply: ProxyReply, failure: { error: Error }) => void {
  return (given, { error }) => {
    const reply = given as FastifyReply
    const reason = whyUnreached(error)
    void sendProblem(reply.request, reply, problem('neighbour-unreachable', `${layer} at ${url}: ${reason}`))
  }
}

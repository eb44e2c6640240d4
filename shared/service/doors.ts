import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../contracts/problem.ts'
import { BYTES_MEDIA_TYPE, EVENT_MEDIA_TYPE } from '../transport/headers.ts'
import { askForToken, LOGIN_PATH } from './login.ts'
import type { Token } from './token.ts'

/** Who may come in. */
export interface Doors {
  /** Names by which a service is called besides those of the loopback, without a port. */
  readonly hosts: readonly string[]
  /** What all but `/health` asks for; without one, whoever calls by an allowed name may come in. */
  readonly token?: Token | undefined
}

/** Whoever reaches the loopback calls it so; a name that somebody else's DNS gives it is none of these. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
export const LOOPBACK_DOORS: Doors = { hosts: [] }

/** What needs no token, so that whoever watches a service needs none. */
const HEALTH = /^\/health(?:[/?]|$)/
/** What may have a body. No browser sends a DELETE for a page of another site without asking first, which gets no leave. */
const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
/** Content types that a page of another site cannot send without its browser asking us first, and it gets no leave. */
const ASKED_FIRST: ReadonlySet<string> = new Set([
  'application/json',
  EVENT_MEDIA_TYPE,
  BYTES_MEDIA_TYPE,
  'application/yaml'
])

/**
 * Looks at every request, the handshakes of WebSockets among them, before a route does. Whoever shows the token comes in.
 * Else a browser must not be able to have sent it for a page of another site: the Host is one of ours (it is the page's own
 * name where that was made to point here), the Origin, if there is one, too, and what changes something has a content
 * type that browsers ask about first (Fetch Standard, CORS-safelisted request-header; RFC 6455, 10.2).
 */
export function keepDoors(app: FastifyInstance, { hosts, token }: Doors): void {
  const names = new Set([...LOOPBACK, ...hosts.map(nameOf)])
  const webSockets = webSocketPaths(app)

  app.addHook('onRequest', (request, reply, done) => {
    try {
      if (!isAnswered(request, reply)) done()
    } catch (problem) {
      done(problem as ProblemError)
    }
  })

  /** Whether there is nothing left to do. Throws ProblemError for who may not come in. */
  function isAnswered(request: FastifyRequest, reply: FastifyReply): boolean {
    const { headers, url, routeOptions } = request
    if (isUpgrade(request)) {
      endsWithAnswer(request, reply)
      if (!webSockets.has(routeOptions.url ?? '')) {
        throw new ProblemError('route-unknown', `no WebSocket is offered at ${quoted(url)}`)
      }
    }
    const isLogin = token !== undefined && routeOptions.url === LOGIN_PATH
    if (token === undefined) requireName(request, names)
    else if (HEALTH.test(url) || token.isShownBy(headers.authorization)) return false
    // A browser has the session for the name by which it calls us, whichever that is: no other page has it.
    else if (!isLogin && !token.hasSessionIn(headers.cookie)) return askForToken(request, reply)
    requireOrigin(request, names)
    if (!isLogin) requireContentType(request)
    return false
  }
}

/** The paths that offer a WebSocket, as they become known. */
function webSocketPaths(app: FastifyInstance): ReadonlySet<string> {
  const paths = new Set<string>()
  app.addHook('onRoute', (route) => {
    if (route.websocket === true || route.wsHandler !== undefined) paths.add(route.url)
  })
  return paths
}

const isUpgrade = ({ headers }: FastifyRequest) => headers.upgrade?.toLowerCase() === 'websocket'

/** Whoever is refused a WebSocket keeps no connection either. */
function endsWithAnswer({ raw }: FastifyRequest, reply: FastifyReply): void {
  void reply.header('connection', 'close')
  reply.raw.once('finish', () => raw.socket.end())
}

function requireName({ headers, socket }: FastifyRequest, names: ReadonlySet<string>): void {
  const name = nameOf(headers.host ?? '')
  if (names.has(name) || name === addressName(socket.localAddress)) return
  const detail = `this service is not called ${quoted(headers.host ?? '')}; SEABUS_ALLOWED_HOSTS names further hosts`
  throw new ProblemError('host-refused', detail)
}

/** Browsers say which page sends a request; nobody else has to. */
function requireOrigin({ headers }: FastifyRequest, names: ReadonlySet<string>): void {
  const { host, origin } = headers
  const isNavigation = headers['sec-fetch-mode'] === 'navigate'
  if (origin === undefined) {
    // An image of another site, say, is asked for without an Origin. A link that somebody follows is none of that.
    if (headers['sec-fetch-site'] !== 'cross-site' || isNavigation) return
    throw new ProblemError('origin-refused', 'a page of another site may not use this service')
  }
  if (URL.canParse(origin)) {
    const there = new URL(origin).host
    if (there === host?.toLowerCase() || names.has(nameOf(there))) return
  }
  const detail = `a page of ${quoted(origin)} may not use this service; SEABUS_ALLOWED_HOSTS names further hosts`
  throw new ProblemError('origin-refused', detail)
}

function requireContentType({ method, headers, is404 }: FastifyRequest): void {
  if (is404 || !CHANGING.has(method)) return
  const given = headers['content-type']
  const [essence = ''] = given?.split(';', 1) ?? []
  if (ASKED_FIRST.has(essence.trim().toLowerCase())) return
  const what = given === undefined ? 'the request has no content type' : `${quoted(given)} is not taken here`
  throw new ProblemError(
    'content-type-unsupported',
    `${what}; what changes something has one, of ${[...ASKED_FIRST].join(', ')}`
  )
}

/** A Host without its port, as it is compared. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}

/** An address of ours as it stands in a Host; nobody's DNS can make another name of it. */
function addressName(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/, '')
  return plain !== undefined && isIP(plain) === 6 ? `[${plain}]` : plain
}

const QUOTED = 100
/** What came from outside, so that it shows and does nothing else. */
const quoted = (text: string) => JSON.stringify(text.slice(0, QUOTED))

/** Whether an address to listen on is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

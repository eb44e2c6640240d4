import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../contracts/problem.ts'
import type { Token } from './token.ts'

/** Where a browser gives the token, once. */
export const LOGIN_PATH = '/login'

const SCHEMA = { hide: true, querystring: { type: 'object', properties: { next: { type: 'string' } } } }
const FORM = 'application/x-www-form-urlencoded'

/**
 * Answers who shows no token: a browser that wants a page is sent to where it can log in, and this is true. Everybody else
 * is refused by ProblemError.
 */
export function askForToken({ method, url, headers }: FastifyRequest, reply: FastifyReply): true {
  if (method === 'GET' && headers.accept?.includes('text/html') === true && headers.upgrade === undefined) {
    void reply.redirect(`${LOGIN_PATH}?next=${encodeURIComponent(url)}`, 303)
    return true
  }
  void reply.header('www-authenticate', 'Bearer realm="seabus"')
  throw new ProblemError(
    'token-missing',
    'this needs the header "authorization: Bearer …" with the service\'s SEABUS_TOKEN'
  )
}

/** `GET /login` and what its form sends: the token becomes a session, which every service that asks for it knows. */
export function loginRoutes(app: FastifyInstance, token: Token): void {
  void app.register(async (scope) => {
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, text, done) =>
      done(null, new URLSearchParams(text as string))
    )
    scope.get<{ Querystring: Query }>(LOGIN_PATH, { schema: SCHEMA }, (_request, reply) => sendPage(reply, pageOf()))
    scope.post<{ Querystring: Query }>(LOGIN_PATH, { schema: SCHEMA }, ({ body, query, headers }, reply) => {
      const given = body instanceof URLSearchParams ? (body.get('token') ?? '') : ''
      if (!token.is(given)) return sendPage(reply.code(401), pageOf('That is not the token.'))
      // A page that came over TLS, by a proxy before us, sends no Origin of another kind.
      const secure = headers.origin?.startsWith('https:') === true
      return reply.header('set-cookie', token.sessionCookie({ secure })).redirect(nextOf(query), 303)
    })
  })
}

interface Query {
  readonly next?: unknown
}

/** Where to go then: a path of ours, whatever was asked for. */
function nextOf({ next }: Query): string {
  const base = 'http://here'
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, base)) return '/'
  const { origin, pathname, search } = new URL(next, base)
  return origin === base && !pathname.startsWith('//') ? pathname + search : '/'
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(html)
}

/** The form is sent to where it stands, so that what stands behind a `#` there, a link into a page, is not lost. */
function pageOf(wrong = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>seabus: log in</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem }
  input, button { font: inherit; padding: .4rem; width: 100%; box-sizing: border-box; margin-top: .5rem }
</style>
<h1>seabus</h1>
<form method="post">
  <label>The token that the service was started with, SEABUS_TOKEN
    <input name="token" type="password" autocomplete="current-password" required autofocus>
  </label>
  <button>Log in</button>
  <p role="alert">${wrong}</p>
</form>
`
}

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem, PROBLEM_MEDIA_TYPE, ProblemError, type Problem, type ProblemCode } from '../contracts/problem.ts'

/** Fastify's own refusals as ours. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type-unsupported',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-malformed',
  FST_ERR_BAD_URL: 'route-unknown'
}

/** What a plugin refuses by a status alone is refused, and no defect: a path that climbs out of where pages are, say. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'body-malformed',
  403: 'route-unknown',
  404: 'route-unknown',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'content-type-unsupported'
}

/** What is of now only, and how soon it may be worth another try unless who refuses knows better. */
const OF_NOW: ReadonlySet<number> = new Set([429, 503])
const RETRY_AFTER_S = 1

/** 503, and when to ask again: of what says how it is, which is no problem. */
export const notNow = (reply: FastifyReply): FastifyReply => reply.code(503).header('retry-after', RETRY_AFTER_S)

const TOLD = new WeakMap<FastifyReply, ProblemCode>()

/** The code of the problem that a request was answered with, if it was. */
export const problemOf = (reply: FastifyReply): ProblemCode | undefined => TOLD.get(reply)

/** Answers with a problem. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, told: Problem): FastifyReply {
  TOLD.set(reply, told.code)
  const instance = request.url.split('?', 1)[0]
  if (OF_NOW.has(told.status) && !reply.hasHeader('retry-after')) void reply.header('retry-after', RETRY_AFTER_S)
  return reply
    .code(told.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify({ ...told, instance }))
}

function detailOf(error: FastifyError, code: ProblemCode, request: FastifyRequest, bodyLimit: number): string {
  if (code === 'body-too-large') return `the body is over the limit of ${bodyLimit} bytes`
  if (code !== 'content-type-unsupported') return error.message
  const given = request.headers['content-type']
  return given === undefined ? 'the body has no content type' : `${given} is not taken here`
}

/** Every refusal of a service as `application/problem+json`, and every defect as one that says no more than that. */
export function answerProblems(
  app: FastifyInstance,
  bodyLimit: number,
  fault: (error: unknown, what: string) => void
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ProblemError) return sendProblem(request, reply, error.problem)
    const code = CODES[error.code] ?? BY_STATUS[error.statusCode ?? 500]
    if (code !== undefined) return sendProblem(request, reply, problem(code, detailOf(error, code, request, bodyLimit)))
    fault(error, `${request.method} ${request.url}`)
    return sendProblem(request, reply, problem('model-fault', 'the service failed; its log says how'))
  })

  const routes: { readonly method: string; readonly matches: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const matches = new RegExp(`^${url.replace(/[.+()]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`)
    for (const each of [method].flat()) if (!url.includes('*')) routes.push({ method: each, matches })
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = '/'] = request.url.split('?', 1)
    const allowed = new Set(routes.filter(({ matches }) => matches.test(path)).map(({ method }) => method))
    if (allowed.size === 0) return sendProblem(request, reply, problem('route-unknown', `there is no ${path}`))
    const detail = `${path} takes ${[...allowed].join(', ')}, not ${request.method}`
    return sendProblem(request, reply.header('allow', [...allowed].join(', ')), problem('method-not-allowed', detail))
  })
}

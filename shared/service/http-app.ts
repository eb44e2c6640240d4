import { inspect } from 'node:util'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { ID_MAX_LENGTH } from '../contracts/event-id.ts'
import { plainText } from '../contracts/plain-text.ts'
import { problem } from '../contracts/problem.ts'
import { checkQueries } from './check-query.ts'
import { documentOf, type Made } from './describing/document.ts'
import { answerClientError } from './client-errors.ts'
import { keepDoors, LOOPBACK_DOORS, type Doors } from './doors.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { loginRoutes } from './login.ts'
import { servedAt } from './origin.ts'
import { answerProblems, sendProblem } from './problems.ts'
import { securityHeaders } from './security-headers.ts'
import { shedLoad } from './shed-load.ts'

/** Largest body that is taken. */
export const BODY_LIMIT = 1_048_576

export interface HttpAppOptions {
  /** Whose defects these are. */
  readonly name: string
  /** What `/docs` says about the API. */
  readonly description: string
  /** Without one only defects are told, on standard error. */
  readonly logger?: FastifyBaseLogger | undefined
  /** Only routes with a tag are described. */
  readonly hideUntagged?: boolean
  /** Every GET is a HEAD too. */
  readonly exposeHeadRoutes?: boolean
  /** Who may come in; by default whoever calls by a name of the loopback. */
  readonly doors?: Doors | undefined
  /** How much is taken on at a time. */
  readonly limits?: Limits | undefined
}

export interface HttpApp {
  readonly app: FastifyInstance
  /** Says what went wrong within the service, and while it did what. */
  readonly fault: (error: unknown, what: string) => void
}

const LICENSE = { name: 'Apache-2.0', identifier: 'Apache-2.0' }
const CHECK_MS = 1000

/** A segment of a path may be the id of a message, every character of it percent-encoded. */
const PARAM_MAX_LENGTH = 3 * ID_MAX_LENGTH

/**
 * An HTTP server as every service has it, without routes: refusals are RFC 9457 problems, `/docs` shows its OpenAPI.
 * Schemas of routes are for that alone: whoever takes a body or a query validates it, with the codecs of the contracts.
 */
export function httpApp(options: HttpAppOptions): HttpApp {
  const { name, description, logger, hideUntagged = false, exposeHeadRoutes = false } = options
  const { doors = LOOPBACK_DOORS, limits = DEFAULT_LIMITS } = options
  const { requestMs, headersMs } = limits
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes,
    routerOptions: { maxParamLength: PARAM_MAX_LENGTH },
    forceCloseConnections: true,
    // Whoever is slower than this is looked for so often.
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(headersMs, CHECK_MS) },
    requestTimeout: requestMs,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problem('route-unknown', error.message))
    }
  })
  const fault = (error: unknown, what: string) => {
    if (logger === undefined) console.error(plainText(`${name}: ${what}: ${inspect(error)}`))
    else logger.error({ err: error }, what)
  }
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  securityHeaders(app)
  shedLoad(app, limits)
  keepDoors(app, doors)
  checkQueries(app)
  // Whoever asks may read the answer on a terminal.
  app.addHook('onSend', (_request, _reply, payload, done) =>
    done(null, typeof payload === 'string' ? plainText(payload) : payload)
  )
  answerProblems(app, BODY_LIMIT, fault)
  void app.register(swagger, {
    hideUntagged,
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: { title: `seabus ${name}`, description, version: '1', license: LICENSE },
      ...securityOf(doors)
    },
    transformObject: (made) =>
      documentOf(('openapiObject' in made ? made.openapiObject : made.swaggerObject) as Made) as object
  })
  void app.register(swaggerUi, {
    routePrefix: '/docs',
    transformSpecification: (document, request) => servedAt(document, request)
  })
  if (doors.token !== undefined) loginRoutes(app, doors.token)
  return { app, fault }
}

/** What the description says of the token, so that its page can be given it. */
function securityOf({ token }: Doors): object {
  if (token === undefined) return {}
  const scheme = { type: 'http', scheme: 'bearer', description: 'SEABUS_TOKEN of the service' } as const
  return { components: { securitySchemes: { token: scheme } }, security: [{ token: [] }] }
}

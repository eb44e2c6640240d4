import type { FastifyBaseLogger } from 'fastify'
import type { Environment } from '../../shared/service/read-variable.ts'
import type { SpanExport } from '../../shared/service/watching/span-export.ts'
import { spansFromEnv } from '../../shared/service/watching/spans-from-env.ts'

/** Where the console's spans go, if anywhere; its clock begins with the process. */
export function consoleSpans(env: Environment, logger: FastifyBaseLogger): SpanExport | undefined {
  const warn = (text: string) => logger.warn(text)
  return spansFromEnv(env, { service: 'console', epochMs: performance.timeOrigin, warn })
}

import { doorsFromEnv, loggerFromEnv, neighboursFromEnv, tokenFromEnv } from '../../shared/service/environment.ts'
import { limitsFromEnv } from '../../shared/service/limits.ts'
import { runService } from '../../shared/service/listen.ts'
import { buildConsole } from './app.ts'
import { machineNames } from './machine-names.ts'
import { runFileFromEnv } from './runs/file-from-env.ts'
import { runLimitsFromEnv } from './runs/limits.ts'
import { consoleSpans } from './spans.ts'

await runService('console', () => {
  const logger = loggerFromEnv('console', process.env)
  return buildConsole({
    urls: neighboursFromEnv(process.env),
    newMachine: machineNames(),
    limits: runLimitsFromEnv(process.env),
    runFile: runFileFromEnv(process.env),
    logger,
    spans: consoleSpans(process.env, logger),
    doors: doorsFromEnv(process.env),
    serviceLimits: limitsFromEnv(process.env),
    token: tokenFromEnv(process.env)
  })
})

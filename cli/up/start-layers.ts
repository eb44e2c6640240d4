import type { FastifyInstance } from 'fastify'
import { buildLayer } from '../../services/build-layer.ts'
import { buildConsole } from '../../services/console/app.ts'
import { machineNames } from '../../services/console/machine-names.ts'
import { runFileFromEnv } from '../../services/console/runs/file-from-env.ts'
import { runLimitsFromEnv } from '../../services/console/runs/limits.ts'
import { consoleSpans } from '../../services/console/spans.ts'
import { START_ORDER } from '../../services/layers.ts'
import { URL_VARIABLE } from '../../shared/contracts/layer.ts'
import {
  doorsFromEnv,
  EnvironmentError,
  loggerFromEnv,
  portsFromEnv,
  tokenFromEnv,
  type Environment
} from '../../shared/service/environment.ts'
import { limitsFromEnv } from '../../shared/service/limits.ts'
import { listen } from '../../shared/service/listen.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'
import type { TerminalLog } from './terminal-log.ts'

/**
 * Starts every layer that no `*_URL` variable replaces, and the console. Throws ListenError when a port is taken, and
 * EnvironmentError for a variable that cannot be used.
 */
export async function startLayers(
  env: Environment,
  logTo: TerminalLog['stream'] | undefined
): Promise<readonly FastifyInstance[]> {
  if (env['SEABUS_PORT'] !== undefined) {
    throw new EnvironmentError('SEABUS_PORT is the port of one service; SEABUS_PORT_BASE moves those of all')
  }
  const apps: FastifyInstance[] = []
  for (const layer of START_ORDER) {
    if (env[URL_VARIABLE[layer]] !== undefined) continue
    const app = buildLayer(layer, portsFromEnv(layer, env, logTo))
    apps.push(app)
    await listen(app, layer, env)
  }
  const logger = loggerFromEnv('console', env, logTo)
  const console = buildConsole({
    urls: urlsFromEnv(env),
    newMachine: machineNames(),
    limits: runLimitsFromEnv(env),
    runFile: runFileFromEnv(env),
    logger,
    spans: consoleSpans(env, logger),
    doors: doorsFromEnv(env),
    serviceLimits: limitsFromEnv(env),
    token: tokenFromEnv(env)
  })
  apps.push(console)
  await listen(console, 'console', env)
  return apps
}

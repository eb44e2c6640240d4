import type { FastifyInstance } from 'fastify'
import { buildLayer } from '../services/build-layer.ts'
import { buildConsole } from '../services/console/app.ts'
import { machineNames } from '../services/console/machine-names.ts'
import { runFileFromEnv } from '../services/console/runs/file-from-env.ts'
import { runLimitsFromEnv } from '../services/console/runs/limits.ts'
import { consoleSpans } from '../services/console/spans.ts'
import { reportText, type Report } from '../services/console/report.ts'
import type { StoryName } from '../services/console/stories.ts'
import { START_ORDER } from '../services/layers.ts'
import { plainLine, plainText } from '../shared/contracts/plain-text.ts'
import { MODELLED_LAYERS, URL_VARIABLE } from '../shared/contracts/layer.ts'
import {
  doorsFromEnv,
  EnvironmentError,
  loggerFromEnv,
  portsFromEnv,
  tokenFromEnv
} from '../shared/service/environment.ts'
import { limitsFromEnv } from '../shared/service/limits.ts'
import { showingToken } from '../shared/service/curl-links.ts'
import type { Problem } from '../shared/contracts/problem.ts'
import { closeOnSignal, listen, ListenError } from '../shared/service/listen.ts'
import { urlsFromEnv } from '../shared/service/ports.ts'
import { fetchWith } from '../shared/transport/authorization.ts'
import { terminalLog, type TerminalLog } from './terminal-log.ts'

const URLS = urlsFromEnv(process.env)

/** Starts what is not replaced. Throws ListenError when a port is taken. */
async function startAll(logTo: TerminalLog['stream'] | undefined): Promise<readonly FastifyInstance[]> {
  const env = process.env
  if (process.env['SEABUS_PORT'] !== undefined) {
    throw new EnvironmentError('SEABUS_PORT is the port of one service; SEABUS_PORT_BASE moves those of all')
  }
  const apps: FastifyInstance[] = []
  for (const layer of START_ORDER) {
    if (process.env[URL_VARIABLE[layer]] !== undefined) continue
    const app = buildLayer(layer, portsFromEnv(layer, env, logTo))
    apps.push(app)
    await listen(app, layer, env)
  }
  const logger = loggerFromEnv('console', env, logTo)
  const console = buildConsole({
    urls: URLS,
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

async function tell(story: StoryName): Promise<boolean> {
  const response = await fetchWith(tokenFromEnv(process.env))(`${URLS.console}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ story })
  })
  if (!response.ok) {
    const { code, detail } = (await response.json()) as Problem
    if (code !== 'journal-incomplete') throw new Error(`the story could not be walked: ${code}: ${detail}`)
    console.error(plainLine(`${story}: ${detail}`))
    return false
  }
  const report = (await response.json()) as Report
  console.log(plainText(reportText(report)))
  return report.asExpected === true
}

const SERVED = MODELLED_LAYERS.map((layer) => `${layer} ${URLS[layer]}`)
const TRY = `The console is at ${URLS.console} , the services are
  ${SERVED.join('\n  ')}
Try:

  curl -N '${URLS.console}/v1/journal?follow=true'
  curl -s ${URLS.console}/v1/runs -H 'accept: text/plain' -H 'content-type: application/json' -d '{"story":"sei"}'
  curl -s ${URLS.console}/services/firmware/v1/machines/m0/error-sources
  curl -s ${URLS.hardware}/

Ctrl-C ends it.`

/** Starts everything and walks both stories; with `once` leaves then, else serves until a signal. */
export async function startAndWalk(once: boolean): Promise<void> {
  try {
    // Who names a level wants the log as a program reads it.
    const log = process.env['SEABUS_LOG'] === undefined ? terminalLog((text) => console.error(text)) : undefined
    const apps = await startAll(log?.stream)
    const close = async () => void (await Promise.all(apps.map((app) => app.close())))
    closeOnSignal(close)
    const morse = await tell('morse')
    const sei = await tell('sei')
    if (once) {
      await close()
      process.exit(morse && sei ? 0 : 1)
    }
    console.log(tokenFromEnv(process.env) === undefined ? TRY : showingToken(TRY))
    log?.begin()
  } catch (error) {
    if (!(error instanceof ListenError || error instanceof EnvironmentError)) throw error
    console.error(plainLine(error.message))
    process.exit(1)
  }
}

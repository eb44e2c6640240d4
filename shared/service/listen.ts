import type { FastifyInstance } from 'fastify'
import { plainLine } from '../contracts/plain-text.ts'
import type { Layer } from '../contracts/layer.ts'
import { HistoryDiffers } from '../engine/history-differs.ts'
import { StoreDamage } from '../engine/sqlite/damage.ts'
import { DEFAULT_HOST, EnvironmentError, wholeNumber, type Environment } from './environment.ts'
import { MAX_PORT_BASE, portOf } from './ports.ts'

/** A service that cannot listen, in one line. */
export class ListenError extends Error {}

const CLOSE_MS = 5000

/** Listens and gives the address. Throws ListenError with one clear line, for example when the port is in use. */
export async function listen(app: FastifyInstance, layer: Layer, env: Environment): Promise<string> {
  const host = env['SEABUS_HOST'] ?? DEFAULT_HOST
  wholeNumber(env, 'SEABUS_PORT_BASE', MAX_PORT_BASE)
  const port = wholeNumber(env, 'SEABUS_PORT', 65_535) ?? portOf(layer, env)
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof StoreDamage || error instanceof HistoryDiffers)
      throw new ListenError(`${layer} cannot start: ${message}`)
    const where = `${host}:${port}`
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `${where} is in use already`,
      EACCES: `${where} may not be used`,
      EADDRNOTAVAIL: `${host} is not an address of this machine`,
      ENOTFOUND: `${host} is not known`
    }
    throw new ListenError(`${layer} cannot listen: ${reasons[code ?? ''] ?? message}`)
  }
}

/** Closes once, gracefully, on SIGINT or SIGTERM; a second signal, or 5 s, ends the process at once. */
export function closeOnSignal(close: () => Promise<void>): void {
  let closing = false
  const stop = (signal: NodeJS.Signals) => {
    if (closing) process.exit(signal === 'SIGINT' ? 130 : 143)
    closing = true
    setTimeout(() => process.exit(1), CLOSE_MS).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      }
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

/** What a service's `main.ts` does: environment, listen, close gracefully; a mistake is one line and exit code 1. */
export async function runService(layer: Layer, build: () => FastifyInstance): Promise<void> {
  try {
    const app = build()
    closeOnSignal(() => app.close())
    const address = await listen(app, layer, process.env)
    console.log(`${layer} serves ${address}`)
  } catch (error) {
    if (!(error instanceof ListenError || error instanceof EnvironmentError)) throw error
    console.error(plainLine(error.message))
    process.exit(1)
  }
}

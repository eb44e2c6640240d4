import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'
import { fetch } from '../fetch.ts'
import { ServiceDown } from '../scenario/service-down.ts'

export interface Asking {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

/** Where the console is: what `--url` says, else where the environment has it, which is port 7000 of this machine. */
export const consoleUrl = (values: Values): string =>
  (text(values['url']) ?? urlsFromEnv(process.env).console).replace(/\/$/, '')

/** From here on it is the service, and not what was asked, with which something is wrong. */
const FAULT = 500

/**
 * Asks the console, and gives an answer that is no problem. Throws UsageError with what a problem says, and ServiceDown when nobody
 * is there or something is wrong with it.
 */
export async function askConsole(front: string, path: string, asking: Asking = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`${front}${path}`, asking)
  } catch (error) {
    asking.signal?.throwIfAborted()
    throw new ServiceDown(`${front} cannot be reached: ${whyUnreached(error)}`)
  }
  if (response.ok) return response
  const { code, detail } = (await response.json().catch(() => ({}))) as Partial<Problem>
  const why = detail === undefined ? `${front}${path} answers ${response.status}` : `${detail} (${code})`
  throw response.status < FAULT ? new UsageError(`seabus: ${why}`) : new ServiceDown(why)
}

/** How a command ends whose console is not there: in one line. Throws any other error on. */
export function endWithoutConsole(command: string, error: unknown): Done {
  if (!(error instanceof ServiceDown)) throw error
  return { output: '', errors: plainLine(`seabus ${command}: ${error.message}`), exitCode: EXIT.serviceDown }
}

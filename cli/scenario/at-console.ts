import { servicesBehind, systemOfServices } from '../../shared/machine-room/over-http.ts'
import { codeOf, DOWN } from '../../shared/scenario/refused.ts'
import { runAsFarAsItGoes, runScenario } from '../../shared/scenario/run-scenario.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'
import { ServiceDown } from './service-down.ts'
import type { Runner } from './run-file.ts'

/** How long the services have to delete a machine. */
const DELETE_MS = 15_000

export interface AtConsole {
  /** Names of machines, another one for each run. */
  readonly newMachine: () => string
  /** Machines stay when their runs are over. */
  readonly keep?: boolean
  /** A step that is impossible ends a run with what came of it until then. */
  readonly asFarAsItGoes?: boolean
  /** Ends the run that is under way; its machine goes all the same. */
  readonly signal?: AbortSignal
  /** Told of a machine that could not be deleted, and why. */
  readonly left?: (machine: string, why: string) => void
}

/** Against services behind the console's front door. The machine of a run is deleted when that is over, however it ended. */
export function atConsole(url: string, options: AtConsole): Runner {
  const { newMachine, keep = false, asFarAsItGoes = false, signal, left } = options
  const front = url.replace(/\/$/, '')
  const system = systemOfServices(servicesBehind(front), { fetch, ...(signal === undefined ? {} : { signal }) })
  let isConsole = false
  return async (scenario, overrides) => {
    if (!isConsole) await mustBeConsole(front, signal)
    isConsole = true
    const machine = newMachine()
    let isShut = false
    try {
      return await (asFarAsItGoes ? runAsFarAsItGoes : runScenario)(system, scenario, machine, overrides)
    } catch (problem) {
      isShut = SHUT.has(codeOf(problem))
      if (DOWN.has(codeOf(problem))) {
        throw new ServiceDown(`${front} cannot be used: ${(problem as Error).message}`)
      }
      throw problem
    } finally {
      const why = keep || isShut ? undefined : await deleted(`${front}/v1/machines/${machine}`)
      if (why !== undefined) left?.(machine, why)
    }
  }
}

/** A console that takes nothing from us has made no machine either. */
const SHUT: ReadonlySet<string> = new Set(['token-missing', 'host-refused'])

/** Throws ServiceDown when nobody is at an address, or another service; whoever does not say what it is may be one. */
async function mustBeConsole(front: string, gone: AbortSignal | undefined): Promise<void> {
  const late = AbortSignal.timeout(DELETE_MS)
  const signal = gone === undefined ? late : AbortSignal.any([late, gone])
  let response: Response
  try {
    response = await fetch(front, { headers: { accept: 'application/json' }, signal })
  } catch (error) {
    gone?.throwIfAborted()
    throw new ServiceDown(`${front} cannot be reached: ${whyUnreached(error)}`)
  }
  const { service } = ((await response.json().catch(() => undefined)) ?? {}) as { readonly service?: unknown }
  if (typeof service === 'string' && service !== 'console') {
    throw new ServiceDown(`${front} is ${service}, not a console: --url takes the address of the console`)
  }
}

/** Why a machine may still be there. */
async function deleted(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(DELETE_MS) })
    if (response.ok) return void (await response.body?.cancel())
    const { detail } = (await response.json().catch(() => ({}))) as { readonly detail?: string }
    return detail ?? `the console answered ${response.status}`
  } catch (error) {
    return whyUnreached(error)
  }
}

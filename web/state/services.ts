import { signal } from '@preact/signals'
import { ask, Refused } from '../data/api.ts'

export interface ServicesState {
  readonly well: number
  readonly all: number
  /** Of each that is not well, how it is. */
  readonly troubles: readonly string[]
}

/** How the services behind the console are; absent until it is known. */
export const services = signal<ServicesState | undefined>(undefined)

const EVERY_MS = 10_000
const OK = 'ok'

/** Asks the console how its services are, while somebody looks. */
export function keepServices(): void {
  const again = async () => {
    if (document.visibilityState === 'visible') await refresh()
    setTimeout(() => void again(), EVERY_MS)
  }
  void again()
}

async function refresh(): Promise<void> {
  try {
    const response = await ask('/health')
    services.value = stateOf(((await response.json()) as Health).services)
  } catch (error) {
    // What is not well is told with 503.
    services.value = error instanceof Refused ? stateOf((error.problem as Health).services) : undefined
  }
}

interface Health {
  readonly services?: Readonly<Record<string, string>>
}

function stateOf(said: Health['services'] = {}): ServicesState | undefined {
  const states = Object.entries(said)
  if (states.length === 0) return undefined
  // Somebody else's service need not say how it is.
  const troubles = states
    .filter(([, state]) => state !== OK && !state.startsWith('answers, and'))
    .map((one) => one.join(' '))
  return { well: states.length - troubles.length, all: states.length, troubles }
}

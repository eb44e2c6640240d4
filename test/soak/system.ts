import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startChild, type Child, type Memory } from '../../bench/processes/child.ts'
import { sum } from '../../bench/statistics.ts'
import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'

export type Form = 'one' | 'seven'

/** Services that keep what they are told in a directory. */
export interface Soaked {
  readonly urls: Readonly<Record<Layer, string>>
  /** Of all processes together. */
  memory(): Promise<Memory>
  /** CPU time so far of the process that has taken most, in milliseconds. */
  cpuMs(): Promise<number>
  /** What their files take up, in bytes. */
  diskBytes(): number
  /** SIGKILL to all; the data stay. */
  kill(): Promise<void>
}

/**
 * Entries that journals keep: what is kept of deleted machines is then as much as it may be before the second thousand
 * begins, and whatever grows after that should not.
 */
export const RETENTION = 5000

const FLAGS = { flags: ['--expose-gc'] }

/**
 * Starts the services in one process or in one each, their ports from `base` on; done when all serve. The seventh of seven,
 * the console, has no state: it is started with the others, and nothing goes through it.
 */
export async function startSoaked(form: Form, base: number, data: string): Promise<Soaked> {
  const env = {
    SEABUS_PORT_BASE: String(base),
    SEABUS_LOG: 'error',
    SEABUS_DATA: data,
    SEABUS_RETENTION: String(RETENTION),
    // What grows is looked for, and not how much a busy machine can take.
    SEABUS_RATE: '0',
    SEABUS_MAX_DELAY: '0'
  }
  const children = form === 'one' ? [await oneProcess(env)] : await sevenProcesses(env)
  return {
    urls: urlsFromEnv(env),
    async memory() {
      const each = await Promise.all(children.map((child) => child.memory()))
      return {
        heapBytes: sum(each.map(({ heapBytes }) => heapBytes)),
        rssBytes: sum(each.map(({ rssBytes }) => rssBytes))
      }
    },
    cpuMs: async () => Math.max(...(await Promise.all(children.map((child) => child.cpuMicros())))) / 1000,
    diskBytes: () => sum(readdirSync(data).map((name) => statSync(join(data, name)).size)),
    kill: async () => void (await Promise.all(children.map((child) => child.stop())))
  }
}

async function oneProcess(env: Readonly<Record<string, string>>): Promise<Child> {
  const child = startChild('test/soak/one-process.ts', { env, ...FLAGS })
  await child.says('all serve')
  return child
}

async function sevenProcesses(env: Readonly<Record<string, string>>): Promise<readonly Child[]> {
  const layers: readonly Layer[] = [...MODELLED_LAYERS, 'console']
  const children = layers.map((layer) => startChild('cli/service.ts', { args: [layer], env, ...FLAGS }))
  await Promise.all(children.map((child, index) => child.says(`${layers[index]} serves`)))
  return children
}

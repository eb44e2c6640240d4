import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { MODELLED_LAYERS, URL_VARIABLE, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { guarded, type Guarded } from '../support/guarded.ts'
import { freePortBase } from '../support/ports.ts'
import { proxyTo, type Proxy } from './proxy.ts'

const MAIN = fileURLToPath(new URL('../../cli/service.ts', import.meta.url))
const CLOCK = new URL('./shifted-clock.mjs', import.meta.url).href

type Of<T> = Readonly<Record<ModelledLayer, T>>

/** The layers as processes that keep their data in a directory, on a network that can be cut. They end with this process. */
export interface Fleet {
  /** Where they are for whoever drives them. */
  readonly urls: Of<string>
  /** What is between a layer and the others. */
  readonly proxies: Of<Proxy>
  /** SIGKILL, and a start with the same data and a clock that is so many milliseconds away; done when it serves. */
  restart(layer: ModelledLayer, clockMs: number): Promise<void>
  /** SIGSTOP, and SIGCONT after so many milliseconds. */
  pause(layer: ModelledLayer, ms: number): Promise<void>
  /** Throws when a process has ended that nobody killed. */
  check(): void
  /** SIGKILL to all. */
  end(): Promise<void>
}

interface Member {
  readonly program: Guarded
  readonly pid: number
}

export async function startFleet(data: string): Promise<Fleet> {
  const base = await freePortBase()
  const ports = each((_, index) => base + index)
  const proxies = Object.fromEntries(
    await Promise.all(MODELLED_LAYERS.map(async (layer) => [layer, await proxyTo(ports[layer])] as const))
  ) as unknown as Of<Proxy>
  const neighbours = Object.fromEntries(MODELLED_LAYERS.map((layer) => [URL_VARIABLE[layer], proxies[layer].url]))
  const members = new Map<ModelledLayer, Member>()

  async function start(layer: ModelledLayer, clockMs: number): Promise<void> {
    const env = {
      PATH: process.env['PATH'],
      ...neighbours,
      SEABUS_PORT: String(ports[layer]),
      SEABUS_DATA: data,
      SEABUS_LOG: 'error',
      NODE_OPTIONS: `--import=${CLOCK}?by=${clockMs}`
    }
    const program = guarded(process.execPath, [MAIN, layer], { env, stderr: 'inherit' })
    let pid = 0
    for await (const line of createInterface({ input: program.stdout })) {
      pid = Number(/^process (\d+)$/.exec(line)?.[1] ?? pid)
      if (!line.includes('serves')) continue
      members.set(layer, { program, pid })
      return
    }
    throw new Error(`${layer} did not start`)
  }

  async function kill(layer: ModelledLayer): Promise<void> {
    const member = members.get(layer)
    members.delete(layer)
    await member?.program.kill()
  }

  await Promise.all(MODELLED_LAYERS.map((layer) => start(layer, 0)))
  return {
    urls: each((layer) => `http://127.0.0.1:${ports[layer]}`),
    proxies,
    async restart(layer, clockMs) {
      await kill(layer)
      await start(layer, clockMs)
    },
    async pause(layer, ms) {
      const pid = members.get(layer)?.pid
      if (pid === undefined) throw new Error(`${layer} does not run`)
      process.kill(pid, 'SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, ms))
      process.kill(pid, 'SIGCONT')
    },
    check() {
      const ended = [...members].filter(([, { program }]) => program.hasEnded()).map(([layer]) => layer)
      if (ended.length > 0) throw new Error(`${ended.join()} ended without being killed`)
    },
    async end() {
      await Promise.all(MODELLED_LAYERS.map(kill))
      await Promise.all(MODELLED_LAYERS.map((layer) => proxies[layer].close()))
    }
  }
}

function each<T>(of: (layer: ModelledLayer, index: number) => T): Of<T> {
  return Object.fromEntries(MODELLED_LAYERS.map((layer, index) => [layer, of(layer, index)])) as Of<T>
}

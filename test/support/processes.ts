import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LAYERS, URL_VARIABLE, type Layer } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/** The seven services as processes of their own, as `npm run service` starts them, to be killed and started again. */

const MAIN = fileURLToPath(new URL('../../cli/service.ts', import.meta.url))

export interface Processes {
  readonly urls: Readonly<Record<Layer, string>>
  /** SIGKILL, and a start with the same data as soon as the process is gone; done when it serves again. */
  crash(...layers: Layer[]): Promise<void>
  /** SIGKILL; done when the process is gone. */
  kill(layer: Layer): Promise<void>
  /** Starts what was killed; done when it serves. */
  start(layer: Layer): Promise<void>
}

interface Teardown {
  testdir(): string
  teardown(close: () => Promise<unknown>): unknown
}

/** Starts them on free ports, with their data in a directory of the test; they end with it. */
export async function processes(t: Teardown, env: Readonly<Record<string, string>> = {}): Promise<Processes> {
  const data = t.testdir()
  const ports = await freePorts(LAYERS.length)
  const port = Object.fromEntries(LAYERS.map((layer, i) => [layer, ports[i]])) as Record<Layer, number>
  const urls = Object.fromEntries(LAYERS.map((layer) => [layer, `http://127.0.0.1:${port[layer]}`]))
  const addresses = Object.fromEntries(LAYERS.map((layer) => [URL_VARIABLE[layer], urls[layer] ?? '']))
  const running = new Map<Layer, ChildProcess>()

  async function start(layer: Layer): Promise<void> {
    const own = {
      ...addresses,
      SEABUS_PORT: String(port[layer]),
      SEABUS_DATA: data,
      SEABUS_LOG: 'error',
      // Halves the time that a start takes.
      NODE_COMPILE_CACHE: join(data, 'compile-cache'),
      ...env
    }
    const child = spawn(process.execPath, [MAIN, layer], { env: own, stdio: ['ignore', 'pipe', 'inherit'] })
    running.set(layer, child)
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('serves')) return
    }
    throw new Error(`${layer} did not start`)
  }
  async function kill(layer: Layer): Promise<void> {
    const child = running.get(layer)
    running.delete(layer)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(() => Promise.all([...running.keys()].map(kill)))
  // A test that is stopped has no teardown.
  for (const signal of ['SIGALRM', 'SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const child of running.values()) child.kill('SIGKILL')
      process.exit(1)
    })
  }
  await Promise.all(LAYERS.map(start))
  return {
    urls: urls as Record<Layer, string>,
    start,
    kill,
    crash: async (...layers) => {
      await Promise.all(layers.map(kill))
      await Promise.all(layers.map(start))
    }
  }
}

/** So many ports that nobody listens on. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    })
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map((server) => {
      server.close()
      return once(server, 'close')
    })
  )
  return ports
}

/** Whether an entry is an input that the layer has taken in, and no timer of it. */
export const isInput = ({ kind, from }: WireEntry) => (kind === 'message' || kind === 'answer') && from !== 'timer'

/** Reads a service's journal as it grows, until `enough` says so of an entry; false when the service went away first. */
export async function follow(url: string, machine: string, enough: (entry: WireEntry) => boolean): Promise<boolean> {
  const asking = get(`${url}/v1/journal?follow=true&machine=${machine}`)
  try {
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (text + chunk).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) if (enough(JSON.parse(line) as WireEntry)) return true
    }
    return false
  } catch {
    return false
  } finally {
    asking.on('error', () => undefined).destroy()
  }
}

/**
 * A client that survives whatever happens to a service: it repeats a request until it is answered, a message under the
 * same id. The ids are the same in every run on a machine.
 */
export function patientFetch(machine: string): typeof fetch {
  let sent = 0
  return async (input, init = {}) => {
    const key = init.method === 'GET' ? {} : { 'idempotency-key': `${machine}-d-${++sent}` }
    for (;;) {
      try {
        return await fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), ...key } })
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
}

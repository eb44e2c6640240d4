import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LAYERS, URL_VARIABLE, type Layer } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { guarded, type Guarded } from './guarded.ts'
import { freePortBase } from './ports.ts'
import { stillClock } from './programs.ts'

/** The seven services as processes of their own, as `npm run service` starts them, to be killed and started again. */

const MAIN = fileURLToPath(new URL('../../cli/service.ts', import.meta.url))

type Variables = Readonly<Record<string, string>>

export interface Processes {
  readonly urls: Readonly<Record<Layer, string>>
  /** SIGKILL, and a start with the same data as soon as the process is gone; done when it serves again. */
  crash(...layers: Layer[]): Promise<void>
  /** SIGKILL; done when the process is gone. */
  kill(layer: Layer): Promise<void>
  /** Starts what was killed; done when it serves. */
  start(layer: Layer, variables?: Variables): Promise<void>
  /** Throws when a service has ended that nobody killed: then nothing is worth waiting for. */
  check(): void
}

interface Teardown {
  testdir(): string
  teardown(close: () => Promise<unknown>): unknown
}

/** For `start`: the service's clock goes, as a deadline that is to pass needs it. */
export const GOING_CLOCK: Variables = { NODE_OPTIONS: '' }

/** Starts them on free ports, with their data in a directory of the test and clocks that stand still; they end with it. */
export async function processes(t: Teardown): Promise<Processes> {
  const data = t.testdir()
  const base = await freePortBase()
  const port = Object.fromEntries(LAYERS.map((layer, i) => [layer, base + i])) as Record<Layer, number>
  const urls = Object.fromEntries(LAYERS.map((layer) => [layer, `http://127.0.0.1:${port[layer]}`]))
  const addresses = Object.fromEntries(LAYERS.map((layer) => [URL_VARIABLE[layer], urls[layer] ?? '']))
  const running = new Map<Layer, Guarded>()

  async function start(layer: Layer, variables: Variables = {}): Promise<void> {
    const env = {
      PATH: process.env['PATH'],
      ...addresses,
      SEABUS_PORT: String(port[layer]),
      SEABUS_DATA: data,
      SEABUS_LOG: 'error',
      NODE_OPTIONS: stillClock(''),
      ...variables
    }
    const service = guarded(process.execPath, [MAIN, layer], { env, stderr: 'inherit' })
    running.set(layer, service)
    for await (const line of createInterface({ input: service.stdout })) {
      if (line.includes('serves')) return
    }
    throw new Error(`${layer} did not start`)
  }
  async function kill(layer: Layer): Promise<void> {
    const service = running.get(layer)
    running.delete(layer)
    await service?.kill()
  }
  t.teardown(() => Promise.all([...running.keys()].map(kill)))
  await Promise.all(LAYERS.map((layer) => start(layer)))
  return {
    urls: urls as Record<Layer, string>,
    start,
    kill,
    crash: async (...layers) => {
      await Promise.all(layers.map(kill))
      await Promise.all(layers.map((layer) => start(layer)))
    },
    check() {
      const ended = [...running].filter(([, service]) => service.hasEnded()).map(([layer]) => layer)
      if (ended.length > 0) throw new Error(`${ended.join()} ended without being killed`)
    }
  }
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
  } catch (error) {
    // Anything but a connection that broke is the test's own fault.
    if (error instanceof SyntaxError) throw error
    return false
  } finally {
    asking.on('error', () => undefined).destroy()
  }
}

/** Between two attempts, so that they leave the service a processor to start on. */
const RETRY_MS = 5
/** The same when the service has said that it has too much to do. */
const SHED_MS = 100

/** Whether a service has had too much to do, as one that was stopped for a while, and asks to be asked again. */
const isShed = ({ status, headers }: Response) => (status === 429 || status === 503) && headers.has('retry-after')

/**
 * A client that survives whatever happens to a service: it repeats a request until it is answered, a message under the
 * same id, and fails only when a service has ended by itself. The ids are the same in every run on a machine.
 */
export function patientFetch(machine: string, { check }: Pick<Processes, 'check'>): typeof fetch {
  let sent = 0
  return async (input, init = {}) => {
    const key = init.method === 'GET' ? {} : { 'idempotency-key': `${machine}-d-${++sent}` }
    for (;;) {
      try {
        const headers = { ...(init.headers as Record<string, string>), ...key }
        const response = await fetch(input, { ...init, headers })
        if (!isShed(response)) return response
        await response.body?.cancel()
        await new Promise((resolve) => setTimeout(resolve, SHED_MS))
      } catch {
        check()
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
}

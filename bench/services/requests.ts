import { Pool } from 'undici'
import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { requestOf } from '../../shared/contracts/path.ts'
import { wire } from '../../shared/contracts/validate.ts'
import type { Told } from '../story.ts'

/**
 * The driver's way to the services. It shares the machine with what is measured, so it does as little as it can: a
 * message is put into words once, and only the machine's name changes in what is sent.
 */
export interface Requests {
  /** A function that sends this message to a machine. Throws when it is refused. */
  telling(told: Told): Promise<(machine: string) => Promise<void>>
  /** Makes a machine on every layer, hardware first. */
  readonly create: (machine: string) => Promise<void>
  /** Deletes a machine on every layer. */
  readonly remove: (machine: string) => Promise<void>
  close(): Promise<void>
}

const PLACEHOLDER = 'machine-placeholder'
const CONNECTIONS = 64

interface Request {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body: string
}

export function requestsTo(urls: Readonly<Record<Layer, string>>): Requests {
  const pools = new Map<Layer, Pool>(
    MODELLED_LAYERS.map((layer) => [layer, new Pool(urls[layer], { connections: CONNECTIONS })])
  )

  async function send(layer: Layer, { method, path, body }: Request): Promise<void> {
    const pool = pools.get(layer)
    if (pool === undefined) throw new Error(`${layer} is not driven`)
    const answer = await pool.request({ method, path, headers: { 'content-type': 'application/json' }, body })
    if (answer.statusCode < 300) return answer.body.dump()
    throw new Error(`${layer} answers ${answer.statusCode} to ${method} ${path}: ${await answer.body.text()}`)
  }

  return {
    async telling(told) {
      const { path, body } = inWords(told)
      return (machine) => send(told.message.to, { method: 'POST', path: path.replace(PLACEHOLDER, machine), body })
    },
    create: async (machine) => {
      for (const layer of MODELLED_LAYERS) {
        await send(layer, { method: 'PUT', path: `/v1/machines/${machine}`, body: '{}' })
      }
    },
    remove: async (machine) => {
      const request = { method: 'DELETE', path: `/v1/machines/${machine}`, body: '{}' } as const
      await Promise.all(MODELLED_LAYERS.map((layer) => send(layer, request)))
    },
    async close() {
      for (const pool of pools.values()) await pool.destroy()
    }
  }
}

/** The request that a message is, as its contract says it. */
function inWords({ message, data }: Told): { readonly path: string; readonly body: string } {
  const { path, body } = requestOf(message)(PLACEHOLDER, wire(message.data).encode(data))
  return { path, body: JSON.stringify(body) }
}

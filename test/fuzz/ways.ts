import type { Layer } from '../../shared/contracts/layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { Lane, type LanePorts } from '../../shared/transport/lane.ts'
import { linksOver } from '../../shared/transport/link.ts'
import type { Timers } from '../../shared/transport/timers.ts'
import { passingOf } from '../../shared/transport/passing.ts'
import type { Transport } from '../../shared/transport/transport.ts'
import type { Host, Network } from './network.ts'
import type { Plant } from './plant.ts'
import type { Time } from './time.ts'

/** How messages get from one layer to another. */
export type Way = 'post' | 'link'

const URLS = Object.fromEntries(Object.keys(ACCEPTS).map((layer) => [layer, `http://${layer}`]))

interface Between {
  readonly network: Network
  readonly way: Way
  readonly plant: Plant
}

/** The lanes or links of one process, as `postTransport` and `linkTransport` make them, over a network that is not real. */
export function transportOf(
  from: Host & { readonly layer: Layer },
  time: Timers & Pick<Time, 'later'>,
  { network, way, plant }: Between,
  sending: (id: string) => void
): Transport {
  const posts = lanes(from.layer, time, plant, (message, tried) => {
    const { id, machine, message: row, data, cause } = message
    network.request(
      from,
      row.to,
      `${row.type} ${id}`,
      ({ inbox }, reply) => {
        const parsed = inbox.parse(row.type, data)
        if (parsed === undefined || 'error' in parsed) throw new Error(`${row.to} does not take ${row.type}`)
        inbox.accept({ machine, id, type: row.type, from: from.layer, json: data, data: parsed.value, cause }, reply)
      },
      (reply) => {
        const passing = reply?.kind === 'refused' ? passingOf(reply.problem) : undefined
        tried(reply?.kind === 'refused' && passing !== undefined ? { ...reply, passing } : reply)
      }
    )
    return () => undefined
  })
  const gather = (run: () => void) => time.later(0, run)
  const links = { plain: () => posts, timers: time, gather, open: network.opener(from) }
  const transport = way === 'post' ? posts : linksOver({ from: from.layer, urls: URLS }, links)
  return {
    ...transport,
    deliver(message, done) {
      sending(message.id)
      if (!from.isAlive()) return () => undefined
      return transport.deliver(message, (reply) => from.isAlive() && done(reply))
    }
  }
}

function lanes(from: Layer, timers: Timers, plant: Plant, attempt: LanePorts['attempt']): Transport {
  const known = new Map<string, Lane>()
  const laneOf = (name: string) => {
    let lane = known.get(name)
    if (lane === undefined) {
      lane = new Lane({ timers, attempt: plant.attempt?.(attempt, from) ?? attempt })
      known.set(name, lane)
    }
    return lane
  }
  return {
    deliver: (message, done) => laneOf(`${message.machine} ${message.message.to}`).deliver(message, done),
    forget(machine) {
      for (const [name, lane] of known) {
        if (!name.startsWith(`${machine} `)) continue
        lane.close()
        known.delete(name)
      }
    },
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
}

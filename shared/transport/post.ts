import type { Layer } from '../contracts/layer.ts'
import { ALLOWED_BY_DEFAULT, AllowedAddresses } from './allowed-addresses.ts'
import type { HttpOptions } from './http-options.ts'
import { PostPeer } from './post-peer.ts'
import type { Outgoing, Transport } from './transport.ts'

/** Services at addresses of their own that are known at a time. */
const MOST_ELSEWHERE = 64

/** Messages as plain HTTP requests, one at a time for each machine and layer. */
export function postTransport(options: HttpOptions): Transport {
  const neighbours = new Map<Layer, PostPeer>()
  /** Those whose address came with a message, the last asked last. They are none of ours and are shown no token. */
  const elsewhere = new Map<string, PostPeer>()

  const addresses = options.addresses ?? new AllowedAddresses(ALLOWED_BY_DEFAULT, () => Object.values(options.urls))

  function neighbour(to: Layer): PostPeer {
    let known = neighbours.get(to)
    if (known === undefined) neighbours.set(to, (known = new PostPeer(to, options.urls[to], options)))
    return known
  }

  function stranger(to: Layer, at: string): PostPeer {
    const name = `${to} ${at}`
    const known = elsewhere.get(name) ?? new PostPeer(to, at, { ...options, token: undefined }, addresses)
    elsewhere.delete(name)
    elsewhere.set(name, known)
    for (const [other, each] of elsewhere) {
      if (elsewhere.size <= MOST_ELSEWHERE) break
      if (!each.isIdle || each === known) continue
      elsewhere.delete(other)
      void each.close()
    }
    return known
  }

  const all = () => [...neighbours.values(), ...elsewhere.values()]
  const peerOf = ({ message, at }: Outgoing) => (at === undefined ? neighbour(message.to) : stranger(message.to, at))
  return {
    deliver: (message, done) => peerOf(message).deliver(message, done),
    urlOf: (layer) => options.urls[layer],
    fullFor(machine) {
      for (const each of neighbours.values()) if (each.isFullFor(machine)) return each.to
      return undefined
    },
    neighbours: () => [...neighbours.values()].map((each) => each.neighbour),
    forget: (machine) => all().forEach((each) => each.forget(machine)),
    async close() {
      await Promise.all(all().map((each) => each.close()))
    }
  }
}

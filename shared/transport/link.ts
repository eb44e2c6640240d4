import type { Layer } from '../contracts/layer.ts'
import { contractOfLayer } from './link-contract.ts'
import { LinkPeer, type LinkPorts } from './link-peer.ts'
import { openWebSocket } from './link-socket.ts'
import type { HttpOptions } from './http-options.ts'
import { postTransport } from './post.ts'
import { realTimers } from './timers.ts'
import type { Neighbour, Transport } from './transport.ts'

/** Messages over one WebSocket a neighbour, or by POST to a neighbour that offers none, or to an address of their own. */
export function linkTransport(options: HttpOptions): Transport {
  const plain = postTransport(options)
  return linksOver(options, { plain, open: openWebSocket, timers: realTimers, gather: queueMicrotask })
}

/** The same over whatever sockets. */
export function linksOver(options: HttpOptions, ports: LinkPorts): Transport {
  const { plain } = ports
  const { contractOf = contractOfLayer } = options
  const links = new Map<Layer, LinkPeer>()
  const link = (to: Layer) => {
    let known = links.get(to)
    if (known === undefined) links.set(to, (known = new LinkPeer(to, { ...options, contractOf }, ports)))
    return known
  }
  return {
    deliver: (message, done) =>
      message.at === undefined ? link(message.message.to).deliver(message, done) : plain.deliver(message, done),
    urlOf: (layer) => plain.urlOf(layer),
    fullFor(machine) {
      for (const each of links.values()) if (each.isFullFor(machine)) return each.to
      return plain.fullFor?.(machine)
    },
    neighbours() {
      const linked = [...links.values()].filter(({ isPlain }) => !isPlain).map((each) => each.neighbour)
      const posted: readonly Neighbour[] = plain.neighbours?.() ?? []
      return [...linked, ...posted]
    },
    forget(machine) {
      for (const each of links.values()) each.forget(machine)
      plain.forget?.(machine)
    },
    async close() {
      for (const each of links.values()) each.close()
      await plain.close()
    }
  }
}

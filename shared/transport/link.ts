import type { Layer } from '../contracts/layer.ts'
import { contractOfLayer } from './link-contract.ts'
import { LinkPeer, type LinkPeerPorts } from './link-peer.ts'
import { openWebSocket } from './link-socket.ts'
import type { HttpOptions } from './http-options.ts'
import { postTransport } from './post.ts'
import { realTimers } from './timers.ts'
import type { Neighbour, Transport } from './transport.ts'

/** Messages over one WebSocket a neighbour, or by POST to a neighbour that offers none, or to an address of their own. */
export function linkTransport(options: HttpOptions): Transport {
  const plain: LinkPorts['plain'] = (answersAgain) =>
    postTransport({
      ...options,
      onChange(to, problem) {
        options.onChange?.(to, problem)
        if (problem === undefined) answersAgain(to)
      }
    })
  return linksOver(options, { plain, open: openWebSocket, timers: realTimers, gather: queueMicrotask })
}

/** What links are made of: sockets, time, and the way of a message that goes by no link. */
export interface LinkPorts extends Omit<LinkPeerPorts, 'plain'> {
  /** It is told here when a neighbour answers POSTs that did not before. */
  readonly plain: (answersAgain: (to: Layer) => void) => Transport
}

/** The same over whatever sockets. */
export function linksOver(options: HttpOptions, ports: LinkPorts): Transport {
  const { contractOf = contractOfLayer } = options
  const links = new Map<Layer, LinkPeer>()
  const plain = ports.plain((to) => links.get(to)?.answersAgain())
  const link = (to: Layer) => {
    let known = links.get(to)
    if (known === undefined) links.set(to, (known = new LinkPeer(to, { ...options, contractOf }, { ...ports, plain })))
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
      const posted: readonly Neighbour[] = plain.neighbours?.() ?? []
      return [...links.values()].map(({ neighbour }) => {
        const post = posted.find(({ layer }) => layer === neighbour.layer)
        return post === undefined ? neighbour : bothWays(neighbour, post)
      })
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

/** A neighbour that was reached by POST too, or is. */
function bothWays(link: Neighbour, post: Neighbour): Neighbour {
  const now = link.way === 'POST' ? post : link
  return {
    ...now,
    messages: link.messages + post.messages,
    bytes: link.bytes + post.bytes,
    retries: link.retries + post.retries
  }
}

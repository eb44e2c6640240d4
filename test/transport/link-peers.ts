import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { virtualClock } from '../../shared/engine/clock.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import type { LinkSocket, SocketEvents } from '../../shared/transport/link-socket.ts'
import { linksOver } from '../../shared/transport/link.ts'
import type { HttpOptions } from '../../shared/transport/http-options.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { PING_ACCEPTS, seen, twice } from '../support/ping.ts'

/** What a ping layer accepts, by its name on links. */
export const pingContract = (layer: Layer) => contractOf(PING_ACCEPTS[layer] ?? [])

/** A message of the VMM to the guest of a machine. */
export const toGuest = (id: string, machine = 'm0', data: unknown = { value: '0x1' }): Outgoing => ({
  machine,
  id,
  message: seen,
  data,
  from: 'vmm',
  cause: undefined,
  timeMs: 0,
  traceparent: undefined
})
/** A question of the VMM to its policy. */
export const toPolicy = (id: string, machine = 'm0'): Outgoing => ({
  ...toGuest(id, machine, { value: '0x2' }),
  message: twice
})

interface Opened extends LinkSocket {
  readonly hello: Readonly<Record<string, string>>
  readonly events: SocketEvents
  readonly sent: string[]
  isEnded: boolean
}

/** A VMM's way to others over sockets that the test answers for, under a time that it moves. */
export function linksByHand(options: Partial<HttpOptions> = {}) {
  const clock = virtualClock()
  const sockets: Opened[] = []
  const posted: Outgoing[] = []
  const changes: (Problem | undefined)[] = []
  let unanswered: (() => void)[] | undefined
  let answersAgain: (to: Layer) => void = () => undefined
  const plain: Transport = {
    deliver(message, done) {
      posted.push(message)
      const answer = () => done({ kind: 'accepted', journalled: true, id: message.id, seq: 0 })
      if (unanswered === undefined) answer()
      else unanswered.push(answer)
      return () => undefined
    },
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
  const transport = linksOver(
    {
      from: 'vmm',
      urls: { guest: 'http://guest', policy: 'http://policy' },
      contractOf: pingContract,
      onChange: (_layer, problem) => changes.push(problem),
      ...options
    },
    {
      plain(told) {
        answersAgain = told
        return plain
      },
      timers: clock,
      gather: (run) => run(),
      open(_url, hello, events) {
        const opened: Opened = {
          hello,
          events,
          sent: [],
          isEnded: false,
          send: (text) => void opened.sent.push(text),
          ping: () => undefined,
          terminate: () => void (opened.isEnded = true)
        }
        sockets.push(opened)
        return opened
      }
    }
  )
  const replies: [string, Reply][] = []
  return {
    transport,
    clock,
    sockets,
    posted,
    changes,
    replies,
    /** What is posted from now on is not answered before this is called. */
    holdPosts: () => {
      const held: (() => void)[] = (unanswered = [])
      return () => {
        unanswered = undefined
        for (const answer of held) answer()
      }
    },
    /** A neighbour answers POSTs that did not before. */
    answersAgain: (to: Layer) => answersAgain(to),
    /** Sends, and notes what became of it. */
    send: (message: Outgoing) => transport.deliver(message, (reply) => replies.push([message.id, reply])),
    /** The socket that was opened last. */
    last: (): Opened => {
      const socket = sockets.at(-1)
      if (socket === undefined) throw new Error('no link was opened')
      return socket
    }
  }
}

export const guestHello = helloHeaders({ from: 'guest', to: 'vmm', contract: pingContract('guest') })

/** Someone's server that takes every WebSocket, with these headers in its answer, and notes what comes by HTTP. */
export async function webSocketServer(t: { teardown(close: () => void): unknown }, headers: readonly string[] = []) {
  const requests: string[] = []
  const texts: string[] = []
  const server = createHttp((request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`)
    response.writeHead(202).end()
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('headers', (lines) => lines.push(...headers))
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('message', (text: Buffer) => texts.push(text.toString()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, texts }
}

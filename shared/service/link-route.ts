import type { WebSocket } from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { ProblemError } from '../contracts/problem.ts'
import { contractOf } from '../transport/link-contract.ts'
import { LINK_PATH } from '../transport/link-frames.ts'
import { helloHeaders, misfit, speakerOf, type Headers } from '../transport/link-handshake.ts'
import { realTimers } from '../transport/timers.ts'
import { LinkPlaces } from './link-places.ts'
import { LinkReceiver, type Inbox } from './link-receiver.ts'

/** RFC 6455's registry of close codes, 1013. */
const TRY_AGAIN_LATER = 1013

export interface LinkRouteParts {
  readonly layer: Layer
  readonly accepts: readonly MessageType[]
  readonly inbox: Inbox
  /** So many are open at a time. */
  readonly max: number
  readonly fault: (error: unknown, what: string) => void
}

/**
 * The way in for links: the same messages as by POST, in the order of their frames. Who opens one says in its handshake who
 * it is, whom it calls and what it takes for this layer's contract; it is told the same, or why the two do not fit.
 */
export function linkRoute(app: FastifyInstance, { layer, accepts, inbox, max, fault }: LinkRouteParts): void {
  let known: string | undefined
  const contract = () => (known ??= contractOf(accepts))
  const hello = (headers: Headers) =>
    helloHeaders({ from: layer, to: speakerOf(headers) ?? layer, contract: contract() })

  const places = new LinkPlaces(max)

  app.websocketServer.on('headers', (lines, { url, headers }) => {
    if (url?.split('?', 1)[0] !== LINK_PATH) return
    for (const [name, value] of Object.entries(hello(headers))) lines.push(`${name}: ${value}`)
  })

  app.route({
    method: 'GET',
    url: LINK_PATH,
    websocket: true,
    preValidation(request, reply, done) {
      const why = request.ws ? misfit({ me: layer, contract: contract() }, request.headers) : undefined
      if (why === undefined) return done()
      request.log.warn({ from: speakerOf(request.headers) }, `a link is refused: ${why}`)
      void reply.headers(hello(request.headers))
      done(new ProblemError('neighbour-incompatible', `whoever opened this link does not fit ${layer}: ${why}`))
    },
    handler(socket: WebSocket, request) {
      const from = speakerOf(request.headers)
      if (from === undefined) return socket.terminate()
      const left = () => receiver.looked()
      const receiver = new LinkReceiver({
        inbox,
        from,
        fault,
        timers: realTimers,
        later: setImmediate,
        socket: {
          isOpen: () => socket.readyState === socket.OPEN,
          send: (text) => socket.send(text, left),
          close: (code, reason) => socket.close(code, reason),
          terminate: () => socket.terminate(),
          buffered: () => socket.bufferedAmount,
          pause: () => socket.pause(),
          resume: () => socket.resume()
        }
      })
      const place = places.take(() => socket.close(TRY_AGAIN_LATER, `more than ${max} links are open`))
      socket.on('close', () => {
        places.free(place)
        receiver.closed()
      })
      // Each ping is ponged, and whoever does not read gets no more of those either.
      socket.on('ping', left)
      socket.on('message', (message: Buffer) => {
        places.used(place)
        receiver.received(message.toString())
      })
    }
  })
}

import type { WebSocket } from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import { LINK_PATH } from '../transport/link-frames.ts'
import { LinkReceiver } from './link-receiver.ts'

/** The way in for links: the same messages as by POST, in the order of their frames. */
export function linkRoute(app: FastifyInstance, engine: Engine, fault: (error: unknown, what: string) => void): void {
  app.get(LINK_PATH, { websocket: true }, (socket: WebSocket) => {
    const receiver = new LinkReceiver(
      engine,
      {
        isOpen: () => socket.readyState === socket.OPEN,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code, reason)
      },
      fault
    )
    socket.on('error', () => socket.terminate())
    socket.on('message', (message: Buffer) => receiver.received(message.toString()))
  })
}

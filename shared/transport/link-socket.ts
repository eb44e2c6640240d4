import WebSocket from 'ws'
import { LINK_MAX_BYTES } from './link-frames.ts'

const HANDSHAKE_MS = 5000

/** One WebSocket from the side that opens it, or what stands for one. */
export interface LinkSocket {
  send(text: string): void
  ping(): void
  /** Ends it at once, whatever state it is in. */
  terminate(): void
}

/** What happens to it. */
export interface SocketEvents {
  readonly opened: () => void
  readonly received: (text: string) => void
  readonly ponged: () => void
  readonly closed: () => void
  /** It could not be opened, or it broke. `code` is the system's (ECONNREFUSED) where there is one. */
  readonly failed: (error: { readonly code?: string; readonly message: string }) => void
  /** Its handshake was answered with another HTTP status. */
  readonly answered: (status: number) => void
}

export type OpenSocket = (url: string, events: SocketEvents) => LinkSocket

export const openWebSocket: OpenSocket = (url, events) => {
  const options = { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS, maxPayload: LINK_MAX_BYTES }
  const socket = new WebSocket(url, options)
  socket.on('open', events.opened)
  socket.on('message', (text: Buffer) => events.received(text.toString()))
  socket.on('pong', events.ponged)
  socket.on('close', events.closed)
  socket.on('error', events.failed)
  socket.on('unexpected-response', (request, { statusCode = 0 }) => {
    request.destroy()
    events.answered(statusCode)
  })
  return {
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    terminate: () => socket.terminate()
  }
}

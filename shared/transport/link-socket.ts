import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import { TEXT_MAX_BYTES } from './link-frames.ts'

const HANDSHAKE_MS = 5000
/** What is read of the body of an answer to a handshake. */
const TOLD_BYTES = 16_384

/** One WebSocket from the side that opens it, or what stands for one. */
export interface LinkSocket {
  send(text: string): void
  ping(): void
  /** Ends it at once, whatever state it is in. */
  terminate(): void
}

/** An answer to a handshake that opens no link. */
export interface HandshakeAnswer {
  readonly status: number
  /** Its body, as far as that was read. */
  readonly text: string
}

/** What happens to it. */
export interface SocketEvents {
  /** It is open; `hello` are the headers by which the other end agreed. */
  readonly opened: (hello: IncomingHttpHeaders) => void
  readonly received: (text: string) => void
  readonly ponged: () => void
  /** `why`: the reason that its other end gave, if it gave one. */
  readonly closed: (why: string) => void
  /** It could not be opened, or it broke. `code` is the system's (ECONNREFUSED) where there is one. */
  readonly failed: (error: { readonly code?: string; readonly message: string }) => void
  /** Its handshake was answered with another HTTP status. */
  readonly answered: (answer: HandshakeAnswer) => void
}

/** Opens one; `hello` are headers of its handshake. */
export type OpenSocket = (url: string, hello: Readonly<Record<string, string>>, events: SocketEvents) => LinkSocket

export const openWebSocket: OpenSocket = (url, hello, events) => {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: TEXT_MAX_BYTES,
    headers: hello
  })
  let agreed: IncomingHttpHeaders = {}
  socket.on('upgrade', ({ headers }) => (agreed = headers))
  socket.on('open', () => events.opened(agreed))
  socket.on('message', (text: Buffer) => events.received(text.toString()))
  socket.on('pong', events.ponged)
  socket.on('close', (code, reason: Buffer) =>
    events.closed(`the link broke (${code}${reason.length > 0 ? `: ${shown(reason)}` : ''})`)
  )
  socket.on('error', events.failed)
  socket.on('unexpected-response', (request, response) => {
    void beginningOf(response).then((text) => {
      request.destroy()
      events.answered({ status: response.statusCode ?? 0, text })
    })
  })
  return {
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    terminate: () => socket.terminate()
  }
}

const shown = (reason: Buffer) => reason.toString().replaceAll(/[^\x20-\x7e]/g, '?')

/** The beginning of a body, or what had come of it when it broke off. */
async function beginningOf(body: IncomingMessage): Promise<string> {
  const late = setTimeout(() => body.destroy(), HANDSHAKE_MS)
  let text = ''
  try {
    body.setEncoding('utf8')
    for await (const part of body as AsyncIterable<string>) {
      text += part
      if (text.length >= TOLD_BYTES) break
    }
  } catch {
    // What has come is all that there is to tell.
  } finally {
    clearTimeout(late)
  }
  return text.slice(0, TOLD_BYTES)
}

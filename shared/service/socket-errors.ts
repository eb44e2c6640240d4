import type { WebSocket } from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'

/**
 * What goes wrong on a WebSocket. Whoever breaks its protocol, by a message that is too long say, is told the close code that
 * `ws` has chosen, 1009 then, and is no defect of ours: terminating here would cut that off. What a handler throws is one.
 */
export function answerSocketError(error: Error & { code?: unknown }, socket: WebSocket, request: FastifyRequest): void {
  if (error.code === undefined) request.log.error(error)
  else request.log.warn({ code: error.code }, `a WebSocket is ended: ${error.message}`)
  if (socket.readyState !== socket.CLOSING) socket.terminate()
}

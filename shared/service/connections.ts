import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../contracts/problem.ts'
import { isOwn } from './own-traffic.ts'

/** More than the limit are let in, so that what we need ourselves gets through and everybody else is told why he does not. */
const RESERVE = 64

interface Open {
  /** Requests that are being answered; a WebSocket is one for as long as it is open. */
  busy: number
  /** Came when there was no room and nobody was idle. */
  readonly late: boolean
}

/**
 * Bounds the connections of a server. At the limit whoever has been idle longest is let go, as a proxy does with what it keeps
 * alive. When all are busy, whoever comes is answered 503 and let go, but for links and health.
 */
export function boundConnections(app: FastifyInstance, limit: number): void {
  const open = new Map<Socket, Open>()
  watch(app.server, open, limit)
  app.addHook('onRequest', (request, reply, done) => {
    if (open.get(request.raw.socket)?.late !== true || isOwn(request)) return done()
    void reply.header('connection', 'close')
    done(new ProblemError('overloaded', `${limit} connections are open, and all of them busy`))
  })
}

function watch(server: Server, open: Map<Socket, Open>, limit: number): void {
  server.maxConnections = limit + RESERVE
  server.on('connection', (socket: Socket) => {
    if (open.size >= limit) idlest(open)?.destroy()
    open.set(socket, { busy: 0, late: open.size >= limit })
    socket.once('close', () => open.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    const its = open.get(socket)
    if (its === undefined) return
    its.busy++
    response.once('close', () => {
      its.busy--
      // Idle from now on, so the last of those who are.
      if (open.delete(socket)) open.set(socket, its)
    })
  })
  server.on('upgrade', (_request, socket) => {
    const its = open.get(socket as Socket)
    if (its !== undefined) its.busy++
  })
}

/** Takes the one out that has been idle longest; undefined when none is. */
function idlest(open: Map<Socket, Open>): Socket | undefined {
  for (const [socket, { busy }] of open) {
    if (busy > 0) continue
    open.delete(socket)
    return socket
  }
  return undefined
}

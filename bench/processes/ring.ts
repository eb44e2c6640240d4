/**
 * `ring.ts BASE FIRST COUNT SIZE`: COUNT nodes of a ring of SIZE, from number FIRST on. Node i listens on port BASE + i and hands
 * each frame on to the next, until it has made its hops; then it goes back to the driver. Nothing else is done: this is
 * what WebSockets and JSON cost by themselves.
 */
import WebSocket, { WebSocketServer } from 'ws'
import { batched, DRIVER_PATH, framesOf, type RingFrame } from './ring-frame.ts'

const [base = 0, first = 0, count = 0, size = 0] = process.argv.slice(2).map(Number)
const HOST = '127.0.0.1'

function node(index: number): Promise<void> {
  let write: ((frame: RingFrame) => void) | undefined
  let tell: ((frame: RingFrame) => void) | undefined
  const next = () => (write ??= connect(base + ((index + 1) % size)))
  const server = new WebSocketServer({ host: HOST, port: base + index, perMessageDeflate: false })
  server.on('connection', (socket, { url }) => {
    if (url === DRIVER_PATH) tell = batched((text) => socket.send(text))
    socket.on('message', (text: Buffer) => {
      for (const frame of framesOf(text.toString())) {
        if (frame.left === 0) tell?.(frame)
        else next()({ ...frame, left: frame.left - 1 })
      }
    })
  })
  return new Promise((resolve) => void server.on('listening', resolve))
}

function connect(port: number): (frame: RingFrame) => void {
  const socket = new WebSocket(`ws://${HOST}:${port}/`, { perMessageDeflate: false })
  const early: string[] = []
  socket.on('open', () => {
    for (const text of early) socket.send(text)
  })
  return batched((text) => (socket.readyState === WebSocket.OPEN ? socket.send(text) : void early.push(text)))
}

await Promise.all(Array.from({ length: count }, (_, index) => node(first + index)))
console.log('the ring listens')

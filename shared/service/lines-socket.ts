import type { Readable } from 'node:stream'
import type { WebSocket } from '@fastify/websocket'

const GOING_AWAY = 1001
const DONE = 1000
const FAILED = 1011
const UNEXPECTED = 1003

/**
 * Sends lines over a WebSocket, each as a frame without its line feed. The next ones are read when these have left, so a
 * reader who is slow is waited for; there is nothing to say in the other direction. Closes with 1000 when the lines end.
 */
export async function sendLines(lines: Readable, socket: WebSocket): Promise<void> {
  socket.on('error', () => socket.terminate())
  socket.on('message', () => socket.close(UNEXPECTED, 'nothing is read here'))
  socket.on('close', () => lines.destroy())
  if (socket.readyState !== socket.OPEN) lines.destroy()
  let rest = ''
  try {
    for await (const part of lines as AsyncIterable<string>) {
      const whole = (rest + part).split('\n')
      rest = whole.pop() ?? ''
      const sent = whole.filter((line) => line !== '').map((line) => sentOver(socket, line))
      await Promise.all(sent)
    }
    socket.close(lines.errored === null ? DONE : FAILED)
  } catch {
    // The other side is gone, or a journal cannot be read; whoever is still there is told by the code.
    socket.close(lines.errored === null ? GOING_AWAY : FAILED)
  }
}

/** Until it has left this process. */
function sentOver(socket: WebSocket, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(line, (error) => (error === undefined || error === null ? resolve() : reject(error)))
  })
}

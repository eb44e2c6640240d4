import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'

/** What is between services and one of them: TCP that can be cut and slowed down. */
export interface Proxy {
  readonly url: string
  /** Resets every connection that is open; new ones get through. */
  cut(): number
  /** What is sent from now on arrives so many milliseconds late, in order. */
  delay(ms: number): void
  close(): Promise<void>
}

/** Listens on a free port of loopback, and passes everything on to a port. */
export async function proxyTo(port: number): Promise<Proxy> {
  const open = new Set<Socket>()
  let late = 0
  const carry = (from: Socket, to: Socket) => {
    from.on('data', (part) => {
      if (late === 0) to.write(part)
      else setTimeout(() => to.destroyed || to.write(part), late)
    })
    from.on('end', () => to.end())
  }
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      open.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      carry(one, other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  const cut = () => {
    const count = open.size / 2
    for (const socket of open) socket.resetAndDestroy()
    return count
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    delay: (ms) => void (late = ms),
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    }
  }
}

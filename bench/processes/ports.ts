import { createServer } from 'node:net'

/** Where ports begin that no outgoing connection takes: below the range that Linux uses for those. */
const FIRST = 30_000
const LAST = 32_700
/** Seven services and seven nodes of the ring. */
export const PORTS_NEEDED = 14

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Where enough ports in a row are free: at SEABUS_PORT_BASE, or somewhere. Throws when they are not. */
export async function portBase(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const asked = env['SEABUS_PORT_BASE']
  const range = LAST - FIRST
  const begin = (PORTS_NEEDED * process.pid) % range
  for (let tried = 0; tried < range; tried += PORTS_NEEDED) {
    const base = asked === undefined ? FIRST + ((begin + tried) % range) : Number(asked)
    const free = await Promise.all(Array.from({ length: PORTS_NEEDED }, (_, index) => isFree(base + index)))
    if (!free.includes(false)) return base
    if (asked !== undefined) break
  }
  throw new Error(`${PORTS_NEEDED} ports in a row are not free${asked === undefined ? '' : ` from ${asked} on`}`)
}

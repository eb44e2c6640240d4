import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below the ports that systems give to whoever connects: nobody gets one of these by chance while a service is away. */
const FIRST = 20_000
const LAST = 32_000
const IN_A_ROW = 10
/** The last of a row is held for as long as the process of the test lives: the row is its own. */
const CLAIM = IN_A_ROW - 1

/** Gives the server that listens there, or undefined when the port is taken. */
async function listener(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listener(port)
  if (server === undefined) return false
  server.close()
  await once(server, 'close')
  return true
}

let next = FIRST + IN_A_ROW * (process.pid % ((LAST - FIRST) / IN_A_ROW))

/**
 * The first of nine ports in a row that nobody listens on, and that no other test gets while this process lives. Fails
 * when there is none.
 */
export async function freePortBase(): Promise<number> {
  for (let tried = FIRST; tried < LAST; tried += IN_A_ROW) {
    const base = next
    next = base + IN_A_ROW < LAST ? base + IN_A_ROW : FIRST
    const claim = await listener(base + CLAIM)
    if (claim === undefined) continue
    claim.unref()
    const free = await Promise.all(Array.from({ length: CLAIM }, (_, index) => isFree(base + index)))
    if (!free.includes(false)) return base
    claim.close()
  }
  throw new Error('no nine ports in a row are free')
}

import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { Random } from './random.ts'

/** How a link may end: by its own rules, too big, or since somebody does not read. */
const MAY_CLOSE_WITH: ReadonlySet<number> = new Set([1000, 1002, 1003, 1007, 1008, 1009])
const PER_LINK = 50

/** Frames over one link as they follow from a seed; says how the link ended if it must not end so. */
export async function attackLink(
  to: ModelledLayer,
  url: string,
  machine: string,
  seed: number
): Promise<string | undefined> {
  const random = new Random(seed)
  const headers = helloHeaders({ from: to === 'guest' ? 'vmm' : 'guest', to, contract: contractOf(ACCEPTS[to]) })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers })
  socket.on('error', () => undefined)
  const closed = once(socket, 'close') as Promise<[number]>
  await Promise.race([once(socket, 'open'), closed])
  for (let seq = 1; seq <= PER_LINK && socket.readyState === WebSocket.OPEN; seq++)
    socket.send(frame(to, machine, seq, random))
  socket.close(1000)
  const [code] = await closed
  return MAY_CLOSE_WITH.has(code) ? undefined : `link to ${to}, seed ${seed}: closed with ${code}`
}

function frame(to: ModelledLayer, machine: string, seq: number, random: Random): string | Uint8Array {
  const message = random.of(ACCEPTS[to])
  const event: Record<string, unknown> = {
    id: `${machine}-f${random.below(1e6)}`,
    source: to === 'guest' ? '/vmm' : '/guest',
    type: message.type,
    subject: machine,
    data: message.example ?? {}
  }
  if (random.chance(0.1)) event[random.of(Object.keys(event))] = random.of([null, 1, {}, 'x'.repeat(5000), '\u0000'])
  const text = JSON.stringify({ seq: random.chance(0.99) ? seq : random.below(100), event })
  if (random.chance(0.005)) return text.slice(0, random.below(text.length))
  return random.chance(0.002) ? Uint8Array.from([random.below(256), 255, 254]) : text
}

import { once } from 'node:events'
import WebSocket from 'ws'
import type { OnTheWire } from '../in-process.ts'
import { startChild } from '../processes/child.ts'
import { batched, DRIVER_PATH, framesOf, payloadFor } from '../processes/ring-frame.ts'
import { sum } from '../statistics.ts'
import type { Contestant } from './contestant.ts'

/** One for each service. */
const NODES = 7

/** Laps of a bare ring with as many hops as a story has, and frames as long; its ports from `base` on. */
export async function ring(processes: 'seven' | 'one', base: number, wire: OnTheWire): Promise<Contestant> {
  const start = (first: number, count: number) =>
    startChild('bench/processes/ring.ts', { args: [base, first, count, NODES].map(String) })
  const children =
    processes === 'one' ? [start(0, NODES)] : Array.from({ length: NODES }, (_, index) => start(index, 1))
  await Promise.all(children.map((child) => child.says('the ring listens')))

  const payload = payloadFor(wire.frameBytes)
  const waiting = new Map<number, () => void>()
  const connect = async (node: number) => {
    const socket = new WebSocket(`ws://127.0.0.1:${base + node}${DRIVER_PATH}`, { perMessageDeflate: false })
    socket.on('message', (text: Buffer) => {
      for (const { seq } of framesOf(text.toString())) {
        waiting.get(seq)?.()
        waiting.delete(seq)
      }
    })
    await once(socket, 'open')
    return socket
  }
  // The way to the first node is a hop too.
  const left = wire.hops - 1
  const last = left % NODES
  const entrance = await connect(0)
  const exit = last === 0 ? entrance : await connect(last)
  const write = batched((text) => entrance.send(text))
  let laps = 0
  return {
    prepare: async () => undefined,
    run: () =>
      new Promise((resolve) => {
        const seq = ++laps
        waiting.set(seq, resolve)
        write({ seq, left, payload })
      }),
    quiet: async () => undefined,
    cpuMicros: async () => sum(await Promise.all(children.map((child) => child.cpuMicros()))),
    async stop() {
      entrance.terminate()
      exit.terminate()
      await Promise.all(children.map((child) => child.stop()))
    }
  }
}

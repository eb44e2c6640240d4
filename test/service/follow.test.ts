import t from 'tap'
import type { Waits } from '../../shared/contracts/became.ts'
import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { Journal } from '../../shared/engine/journal.ts'
import { follow, type FollowPorts } from '../../shared/service/follow.ts'
import type { Here } from '../../shared/service/here.ts'

const M = 'm0'
const OTHERS = MODELLED_LAYERS.filter((layer) => layer !== 'hardware')
const WORK: Waits = { layer: 'hardware', for: 'delivery', id: 'mine.1', type: 'exception.take', to: 'firmware' }

/** Says that it has nothing to do with anything. */
const idle = (layer: Layer): Here => ({ layer, epochMs: 0, entries: [], roots: [], waits: [], stopped: [] })
const answer = (told: unknown) => Promise.resolve(Response.json(told))

interface Asked {
  readonly layer: Layer
  readonly prefers: string | null
}

/** Hardware, which has taken the message `mine`, among others that answer as `by` says. */
function hardware(
  by: (asked: Asked, signal: AbortSignal) => Promise<Response>,
  waits: () => readonly Waits[] = () => []
): { readonly ports: FollowPorts; readonly asked: Asked[] } {
  const journal = new Journal('hardware')
  const message = { kind: 'message', type: 'error.inject', from: 'outside', to: 'hardware', data: {} } as const
  journal.append({ ...message, seq: 0, layer: 'hardware', machine: M, id: 'mine', cause: undefined, time: 0 })
  const asked: Asked[] = []
  const ports: FollowPorts = {
    layer: 'hardware',
    engine: { standing: { waits, stopped: () => undefined } },
    journal,
    epochMs: 0,
    urlOf: (layer) => `http://${layer}`,
    fetch: (url, init) => {
      const one = {
        layer: new URL(url as string).hostname as Layer,
        prefers: new Headers(init?.headers).get('prefer')
      }
      asked.push(one)
      return by(one, init?.signal as AbortSignal)
    }
  }
  return { ports, asked }
}

void t.test('each layer is asked once for as long as it is busy, and once more for what that led to', async (t) => {
  let done: () => void = () => undefined
  const isDone = new Promise<void>((resolve) => (done = resolve))
  let isWaiting: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (isWaiting = resolve))
  let times = 0
  const { ports, asked } = hardware(async ({ layer }) => {
    if (layer !== 'firmware' || times++ > 0) return answer(idle(layer))
    isWaiting()
    await isDone
    return answer(idle(layer))
  })

  const became = follow(ports, M, 'mine', 30_000)
  await isAsked
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  t.equal(asked.length, OTHERS.length, 'nobody is asked again while one is busy')
  done()

  t.match(await became, { became: 'settled', silent: [] })
  t.equal(asked.length, 2 * OTHERS.length)
  for (const { prefers } of asked) t.match(prefers, /^wait=10$/)
})

void t.test('as long as this layer is busy itself the others are not asked again', async (t) => {
  let looked = 0
  const { ports, asked } = hardware(
    ({ layer }) => answer(idle(layer)),
    () => (looked++ < 20 ? [WORK] : [])
  )

  t.match(await follow(ports, M, 'mine', 30_000), { became: 'settled' })
  t.ok(looked > 20)
  t.equal(asked.length, 2 * OTHERS.length)
})

void t.test('while a layer cannot be asked nobody says that it is settled', async (t) => {
  const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
  const { ports } = hardware(({ layer }) => (layer === 'guest' ? Promise.reject(refused) : answer(idle(layer))))

  const silent = [{ layer: 'guest', because: 'connection refused' }]
  t.match(await follow(ports, M, 'mine', 0), { became: 'unknown', silent })
  t.match(await follow(ports, M, 'mine', 20), { became: 'unknown', silent })
})

void t.test('a layer that can be asked again within the time is', async (t) => {
  let asks = 0
  const { ports } = hardware(({ layer }) =>
    layer === 'guest' && asks++ < 2 ? answer503() : answer(layer === 'policy' ? { of: 'another service' } : idle(layer))
  )

  t.match(await follow(ports, M, 'mine', 30_000), { became: 'settled', silent: [] })
  t.equal(asks, 4, 'twice in vain, and twice the same')
})
const answer503 = () => Promise.resolve(new Response('', { status: 503 }))

void t.test('what a layer is busy with when the time is over is asked for without waiting', async (t) => {
  // The time that the asks have does not keep a process alive.
  const alive = setInterval(() => undefined, 60_000)
  t.teardown(() => clearInterval(alive))
  const { ports, asked } = hardware(({ layer, prefers }, signal) => {
    if (layer !== 'guest') return answer(idle(layer))
    const waits = [{ layer: 'guest', for: 'handler', id: 'mine.2', type: 'memory.access' }]
    if (prefers === null) return answer({ ...idle(layer), waits })
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error)
      })
    )
  })

  t.match(await follow(ports, M, 'mine', 20), { became: 'under-way', waits: [{ layer: 'guest', for: 'handler' }] })
  t.strictSame(
    asked.filter(({ layer }) => layer === 'guest').map(({ prefers }) => prefers),
    ['wait=1', null]
  )
})

void t.test('nobody is asked any more once whoever wants to know is gone', async (t) => {
  const gone = new AbortController()
  const { ports, asked } = hardware(
    ({ layer }) => {
      gone.abort()
      return answer(idle(layer))
    },
    () => [WORK]
  )

  await follow(ports, M, 'mine', 30_000, gone.signal)
  t.equal(asked.length, OTHERS.length)
})

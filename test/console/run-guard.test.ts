import { EventEmitter } from 'node:events'
import type { FastifyReply } from 'fastify'
import t from 'tap'
import { RunGuard } from '../../services/console/run-guard.ts'
import type { LayerUrls } from '../../services/console/layer-urls.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { ProblemError, type Problem } from '../../shared/contracts/problem.ts'

const layers = Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, `http://${layer}`])) as LayerUrls
const WAITS = { layer: 'vmm', for: 'answer', id: 'm1.1.2', type: 'policy.decide', to: 'policy', waitedNs: 3e9 }

/** A guard of services that answer for themselves, and the requests that it makes of them. */
function guarded(limits = { maxRuns: 2, runMs: 0 }) {
  const made: string[] = []
  const fetch = (async (url: string, init?: RequestInit) => {
    made.push(`${init?.method ?? 'GET'} ${url}`)
    if (url.startsWith('http://guest')) throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    return Response.json({ waits: url.startsWith('http://vmm/v1/quiescence') ? [WAITS] : [] })
  }) as typeof globalThis.fetch
  return { guard: new RunGuard({ layers, limits, fetch }), made }
}

const client = () => {
  const raw = new EventEmitter()
  return { raw, reply: { raw, header: () => undefined } as unknown as FastifyReply }
}
/** What was thrown in place of a result. */
const problemOf = async (run: Promise<unknown>): Promise<Problem | undefined> => {
  const error: unknown = await run.catch((thrown: unknown) => thrown)
  return error instanceof ProblemError ? error.problem : undefined
}
/** A run that goes on until it is told to end. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))

void t.test('the end of its time names the layer, the message, its receiver and how long it has waited', async (t) => {
  const { guard } = guarded()

  const late = guard.run(client().reply, { machine: 'm1', waitsMs: 0, forget: false }, endless)

  t.match(await problemOf(late), {
    code: 'answer-late',
    detail:
      /vmm for answer of policy\.decide by policy \(m1\.1\.2, 3\.0 s by now\); guest does not answer \(ECONNREFUSED\)$/,
    waits: [WAITS]
  })
  t.equal(guard.running, 0)
})

void t.test('a run without a client is ended, and its machine forgotten by every service', async (t) => {
  const { guard, made } = guarded({ maxRuns: 1, runMs: 1e6 })
  const { raw, reply } = client()
  const run = guard.run(reply, { machine: 'run-1', waitsMs: 0, forget: true }, endless)
  t.equal(guard.running, 1)
  const another = guard.run(client().reply, { machine: 'run-2', waitsMs: 0, forget: true }, endless)
  t.match(await problemOf(another), { code: 'too-many', status: 429 })

  raw.emit('close')

  await t.rejects(run)
  t.strictSame(
    made,
    MODELLED_LAYERS.map((layer) => `DELETE http://${layer}/v1/machines/run-1`)
  )
  t.equal(guard.running, 0)
  t.equal(raw.listenerCount('close'), 0)
})

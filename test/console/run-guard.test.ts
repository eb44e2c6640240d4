import t from 'tap'
import { RunGuard } from '../../services/console/runs/guard.ts'
import type { LayerUrls } from '../../services/console/layer-urls.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { ProblemError, type Problem } from '../../shared/contracts/problem.ts'

const layers = Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, `http://${layer}`])) as LayerUrls
const WAITS = { layer: 'vmm', for: 'answer', id: 'm1.1.2', type: 'policy.decide', to: 'policy', waitedNs: 3e9 }

/** A guard of services that answer for themselves. */
function guarded(limits = { maxRuns: 2, runMs: 0 }) {
  const fetch = (async (url: string) => {
    if (url.startsWith('http://guest')) throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    return Response.json({ waits: url.startsWith('http://vmm/v1/quiescence') ? [WAITS] : [] })
  }) as typeof globalThis.fetch
  return new RunGuard({ layers, limits, fetch })
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
  const guard = guarded()

  const late = guard.run({ machine: 'm1', waitsMs: 0, forget: true, end: new AbortController() }, endless)

  t.match(await problemOf(late), {
    code: 'answer-late',
    detail:
      /vmm for answer of policy\.decide by policy \(m1\.1\.2, 3\.0 s by now\); guest does not answer \(connection refused\)$/,
    waits: [WAITS]
  })
})

void t.test('a run that is not to go on ends, and says why', async (t) => {
  const guard = guarded({ maxRuns: 1, runMs: 1e6 })
  const end = new AbortController()
  const run = guard.run({ machine: 'run-1', waitsMs: 0, forget: true, end }, endless)

  end.abort(new ProblemError('run-ended', 'somebody deleted it'))

  t.match(await problemOf(run), { code: 'run-ended', detail: 'somebody deleted it' })
})

void t.test('there are so many places, and one that is left is free again', (t) => {
  const guard = guarded({ maxRuns: 1, runMs: 0 })

  guard.enter()
  t.throws(() => guard.enter(), { message: /^1 runs are under way/ })
  t.equal(guard.running, 1)
  guard.leave()
  guard.enter()
  t.equal(guard.running, 1)
  t.end()
})

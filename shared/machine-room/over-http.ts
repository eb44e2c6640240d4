import { setTimeout as delay } from 'node:timers/promises'
import type { DeadLetters } from '../contracts/dead-letter.ts'
import type { Became, Waits } from '../contracts/became.ts'
import type { MessageType, QuestionType } from '../contracts/message.ts'
import { MODELLED_LAYERS, type Layer } from '../contracts/layer.ts'
import { requestOf } from '../contracts/path.ts'
import { wire } from '../contracts/validate.ts'
import { isProblemCode, ProblemError } from '../contracts/problem.ts'
import { saysOfWaits } from '../contracts/waits.ts'
import { AtRest, type Quiet } from '../engine/at-rest.ts'
import { throwIfHeld } from './held-machine.ts'
import type { DueTimer } from './room-options.ts'
import type { System } from './system.ts'
import { ordered } from '../trace/entry.ts'
import { mergeJournals } from '../trace/merge-journals.ts'
import { NS_PER_MS } from '../transport/timers.ts'
import { HEADER, NOT_OFFERED } from '../transport/headers.ts'
import { reach, readJournals } from './read-journals.ts'

/** What `GET /v1/quiescence` of a service says, as far as waiting needs it. */
interface Told extends Quiet {
  readonly waits: readonly (Waits & { readonly machine: string })[]
  readonly timers: readonly (DueTimer & { readonly machine: string })[]
}

const QUIESCENCE = '/v1/quiescence'
const DEAD_LETTERS = '/v1/dead-letters'
/** Someone else's service needs no machines, has nothing under way and keeps no journal. */
const OUR_OWN = /^\/v1\/((quiescence|dead-letters)(\?machine=[^&]*)?|machines\/[^/]+)$/
const NOTHING: Told = { accepted: 0, sent: 0, delivered: 0, waitingAsks: 0, waits: [], timers: [] }
/** Services of ours say that a machine is at rest when it is, and need not be asked again and again meanwhile. */
const WAITING = { [HEADER.prefer]: 'wait=1' }
/** Between two looks at those that say at once what is under way. */
const LOOK_EVERY_MS = 2
/** So long a machine may be busy without a pause: longer than any question waits for its answer. */
const SETTLE_MS = 120_000

export interface HttpSystemOptions {
  /** Makes the requests; by default each is made once. */
  readonly fetch?: typeof globalThis.fetch
  /** Ms that a machine has to come to rest; default two minutes. */
  readonly settleMs?: number
  /** Ends whatever is under way when it is aborted, requests and waits alike. */
  readonly signal?: AbortSignal
}

/** A policy answers one question, and nothing else hangs on it: a machine can be without. */
const WITHOUT_POLICY = MODELLED_LAYERS.filter((layer) => layer !== 'policy')
/** Machines without a policy that are remembered at a time. */
const MOST_WITHOUT_POLICY = 1000

const isUnreachable = (problem: unknown) =>
  problem instanceof ProblemError && problem.problem.code === 'neighbour-unreachable'

function remember(machines: Set<string>, machine: string): void {
  machines.add(machine)
  const [oldest] = machines
  if (machines.size > MOST_WITHOUT_POLICY && oldest !== undefined) machines.delete(oldest)
}

/** Where a console, by its address without a slash at its end, lets one through to each layer. */
export const servicesBehind = (front: string): Readonly<Partial<Record<Layer, string>>> =>
  Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, `${front}/services/${layer}`]))

/** Drives services over HTTP, as anyone with curl could. */
export function systemOfServices(
  urls: Readonly<Partial<Record<Layer, string>>>,
  { fetch: by = globalThis.fetch, settleMs = SETTLE_MS, signal }: HttpSystemOptions = {}
): System {
  const fetch: typeof by = signal === undefined ? by : (input, init) => by(input, { ...init, signal })
  const sleep = (ms: number) => delay(ms, undefined, signal && { signal })
  const urlOf = (layer: Layer) => {
    const url = urls[layer]
    if (url === undefined) throw new Error(`no address is known for ${layer}`)
    return url.replace(/\/$/, '')
  }

  async function call(layer: Layer, method: string, path: string, body?: unknown): Promise<unknown> {
    if (method === 'GET') return answerOf(layer, path, { method })
    const headers = { 'content-type': 'application/json' }
    return answerOf(layer, path, { method, headers, body: JSON.stringify(body ?? {}) })
  }

  async function answerOf(layer: Layer, path: string, init: RequestInit): Promise<unknown> {
    const response = await reach(urlOf(layer), path, init, fetch)
    const text = await response.text()
    if (response.ok) return text === '' ? undefined : JSON.parse(text)
    if (OUR_OWN.test(path) && NOT_OFFERED.has(response.status)) return undefined
    const { code = '', detail = text } = safeProblem(text)
    const why = `${layer} refused ${init.method} ${path}: ${code || response.status}: ${detail}`
    throw new ProblemError(isProblemCode(code) ? code : 'neighbour-refused', why)
  }

  async function send(machine: string, message: MessageType, data: unknown): Promise<unknown> {
    const { to, method } = message
    const { path, body } = requestOf(message)(machine, wire(message.data).encode(data))
    return call(to, method, path, body)
  }

  async function ask(machine: string, question: QuestionType, data: unknown): Promise<unknown> {
    const { to, type } = question
    const parsed = wire(question.reply).parse(await send(machine, question, data))
    if ('error' in parsed) throw new Error(`${to} answered ${type} with ${parsed.error.field}: ${parsed.error.detail}`)
    return parsed.value
  }

  /** Machines that were made while nobody served the policy: whoever asks it goes on by its fallback. */
  const withoutPolicy = new Set<string>()
  const layersOf = (machine: string | undefined) =>
    machine !== undefined && withoutPolicy.has(machine) ? WITHOUT_POLICY : MODELLED_LAYERS

  const quiet = async (machine: string | undefined, init: RequestInit = {}) => {
    const path = machine === undefined ? QUIESCENCE : `${QUIESCENCE}?machine=${machine}`
    const ofLayer = async (layer: Layer): Promise<Told> => {
      const told = (await answerOf(layer, path, { method: 'GET', ...init })) as Partial<Told> | undefined
      return { ...NOTHING, ...told }
    }
    return Promise.all(layersOf(machine).map(ofLayer))
  }

  /**
   * Nothing is under way when two looks, of which the second begins when the first is over, find everything delivered and
   * nothing new taken in.
   */
  async function settle(machine?: string): Promise<void> {
    const end = performance.now() + settleMs
    const rest = new AtRest()
    for (;;) {
      const now = await quiet(machine, { headers: WAITING })
      if (machine !== undefined) throwIfHeld(machine, waitsIn(now))
      if (rest.look(now)) return
      if (performance.now() >= end) throw notAtRest(machine, now)
      if (!rest.mayBe) await sleep(LOOK_EVERY_MS)
    }
  }

  return {
    async createMachine(machine) {
      // One after the other, hardware first: the host kernel reads firmware's tables when its machine starts.
      for (const layer of MODELLED_LAYERS) {
        await call(layer, 'PUT', `/v1/machines/${machine}`).catch((problem: unknown) => {
          if (layer !== 'policy' || !isUnreachable(problem)) throw problem
          remember(withoutPolicy, machine)
        })
      }
      await settle(machine)
    },
    async tell(machine, message, data) {
      const { id } = ((await send(machine, message, data)) ?? {}) as { id?: string }
      return id ?? ''
    },
    async became(machine, { to }, id) {
      const path = `/v1/machines/${machine}/messages/${encodeURIComponent(id)}?wait=settled`
      return (await call(to, 'GET', path)) as Became
    },
    // The reply has been held against its contract.
    ask: ask as System['ask'],
    settle,
    async deadLetters(machine) {
      const path = `${DEAD_LETTERS}?machine=${machine}`
      const told = await Promise.all(layersOf(machine).map((layer) => call(layer, 'GET', path)))
      return (told as readonly (Partial<DeadLetters> | undefined)[]).flatMap((one) => one?.letters ?? [])
    },
    async retry({ id, machine, from }) {
      await call(from, 'POST', `${DEAD_LETTERS}/${encodeURIComponent(id)}/retry?machine=${machine}`)
    },
    async drop({ id, machine, from }) {
      await call(from, 'DELETE', `${DEAD_LETTERS}/${encodeURIComponent(id)}?machine=${machine}`)
    },
    async advance(ns, machine) {
      await sleep(Math.ceil(ns / NS_PER_MS))
      await settle(machine)
    },
    // Someone else's service may give the timers of all.
    timers: async (machine) =>
      (await quiet(machine)).flatMap(({ timers }) => timers.filter((one) => one.machine === machine)),
    async journal(machine) {
      return ordered(mergeJournals(await readJournals(layersOf(machine).map(urlOf), { machine, fetch })))
    }
  }
}

function safeProblem(text: string): { code?: string; detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown }
    return { ...(typeof code === 'string' && { code }), ...(typeof detail === 'string' && { detail }) }
  } catch {
    return {}
  }
}

const waitsIn = (looked: readonly Told[]) => looked.flatMap(({ waits }) => waits)

function notAtRest(machine: string | undefined, looked: readonly Told[]): ProblemError {
  const waits = waitsIn(looked)
  const detail = `${machine ?? 'the system'} does not come to rest; ${saysOfWaits(waits)}`
  return new ProblemError('answer-late', detail, { waits })
}

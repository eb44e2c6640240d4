import { messageType } from '../contracts/registry.ts'
import { LAYERS, type Layer } from '../contracts/layer.ts'
import { requestOf } from '../contracts/path.ts'
import { wire } from '../contracts/validate.ts'
import { HEADER } from '../transport/headers.ts'
import { isProblemCode, ProblemError } from '../contracts/problem.ts'
import type { System } from './system.ts'
import type { WireEntry } from '../trace/entry.ts'

/** What `GET /v1/quiescence` of a service says, as far as waiting for silence needs it. */
interface Quiet {
  readonly accepted: number
  readonly sent: number
  readonly delivered: number
  readonly waitingAsks: number
}

const SERVED: readonly Layer[] = LAYERS.filter((layer) => layer !== 'console')
/** Someone else's service needs no machines, has nothing under way and keeps no journal. */
const OUR_OWN = /^\/v1\/(quiescence|machines\/[^/]+)$/
/** How a service answers what it does not offer. */
export const NOT_OFFERED: ReadonlySet<number> = new Set([404, 405, 501])
const NOTHING: Quiet = { accepted: 0, sent: 0, delivered: 0, waitingAsks: 0 }
const NS_PER_MS = 1e6
/** Between two looks at whether anything is under way. */
const LOOK_EVERY_MS = 2

/** Drives services over HTTP, as anyone with curl could. `fetch` makes the requests; by default each is made once. */
export function systemOfServices(
  urls: Readonly<Partial<Record<Layer, string>>>,
  { fetch = globalThis.fetch }: { readonly fetch?: typeof globalThis.fetch } = {}
): System {
  const urlOf = (layer: Layer) => {
    const url = urls[layer]
    if (url === undefined) throw new Error(`no address is known for ${layer}`)
    return url.replace(/\/$/, '')
  }

  async function call(layer: Layer, method: string, path: string, body?: unknown): Promise<unknown> {
    const init: RequestInit = { method }
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json' }
      init.body = JSON.stringify(body)
    }
    const response = await reach(urlOf(layer), path, init, fetch)
    const text = await response.text()
    if (response.ok) return text === '' ? undefined : JSON.parse(text)
    if (OUR_OWN.test(path) && NOT_OFFERED.has(response.status)) return undefined
    const { code = '', detail = text } = safeProblem(text)
    const why = `${layer} refused ${method} ${path}: ${code || response.status}: ${detail}`
    throw new ProblemError(isProblemCode(code) ? code : 'neighbour-refused', why)
  }

  async function send(machine: string, to: Layer, type: string, data: unknown): Promise<unknown> {
    const row = messageType(to, type)
    if (row === undefined) throw new Error(`${to} accepts no ${type}`)
    const { path, body } = requestOf(row)(machine, wire(row.data).encode(data))
    return call(to, row.method, path, row.method === 'GET' ? undefined : (body ?? {}))
  }

  const quietOf = async (layer: Layer): Promise<Quiet> => {
    const told = (await call(layer, 'GET', '/v1/quiescence')) as Partial<Quiet> | undefined
    return { ...NOTHING, ...told }
  }
  const quiet = async () => Promise.all(SERVED.map(quietOf))

  /** Nothing is under way when two looks in a row find everything delivered and nothing new taken in. */
  async function settle(): Promise<void> {
    for (let before = ''; ;) {
      const now = await quiet()
      const idle = now.every((one) => one.sent === one.delivered && one.waitingAsks === 0)
      const state = idle ? JSON.stringify(now.map((one) => [one.accepted, one.sent])) : ''
      if (idle && state === before) return
      before = state
      await sleep(LOOK_EVERY_MS)
    }
  }

  return {
    async createMachine(machine) {
      // One after the other, hardware first: the host kernel reads firmware's tables when its machine starts.
      for (const layer of SERVED) await call(layer, 'PUT', `/v1/machines/${machine}`)
      await settle()
    },
    tell: async (machine, to, type, data) => void (await send(machine, to, type, data)),
    async ask(machine, to, type, data) {
      const reply = await send(machine, to, type, data)
      const schema = messageType(to, type)?.reply
      const parsed = schema === undefined ? { value: reply } : wire(schema).parse(reply)
      if ('error' in parsed)
        throw new Error(`${to} answered ${type} with ${parsed.error.field}: ${parsed.error.detail}`)
      return parsed.value
    },
    settle,
    async advance(ns) {
      await sleep(Math.ceil(ns / NS_PER_MS))
      await settle()
    },
    async journal(machine) {
      return mergeJournals(await readJournals(SERVED.map(urlOf), fetch)).filter((entry) => entry.machine === machine)
    }
  }
}

/** Throws ProblemError when nobody answers there. */
async function reach(url: string, path: string, init: RequestInit, by: typeof fetch): Promise<Response> {
  try {
    return await by(url + path, init)
  } catch (error) {
    const { code } = (error as { cause?: { code?: string } }).cause ?? {}
    throw new ProblemError('neighbour-unreachable', `${url}: ${code ?? String(error)}`)
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

const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

/** Someone else's service may answer anything to a question that is not its own. */
export function isJournal(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/x-ndjson') === true
}

/** A service's whole journal so far; nothing when it keeps none. */
export async function readJournal(url: string, by = fetch): Promise<readonly WireEntry[]> {
  return (await readWithEpoch(url, by)).entries
}

/** The journals of several services, their times counted from one moment: the earliest of their epochs. */
export async function readJournals(urls: readonly string[], by = fetch): Promise<readonly (readonly WireEntry[])[]> {
  const journals = await Promise.all(urls.map((url) => readWithEpoch(url, by)))
  const earliest = Math.min(...journals.flatMap(({ epochMs }) => epochMs ?? []))
  return journals.map(({ epochMs, entries }) => {
    const shift = epochMs === undefined ? 0 : (epochMs - earliest) * NS_PER_MS
    return shift === 0 ? entries : entries.map((entry) => ({ ...entry, time: entry.time + shift }))
  })
}

interface Dated {
  readonly epochMs: number | undefined
  readonly entries: readonly WireEntry[]
}

async function readWithEpoch(url: string, by: typeof fetch): Promise<Dated> {
  const none: Dated = { epochMs: undefined, entries: [] }
  const response = await reach(url, '/v1/journal', { method: 'GET' }, by)
  if (NOT_OFFERED.has(response.status)) return none
  if (!response.ok) throw new ProblemError('neighbour-refused', `${url}/v1/journal answers ${response.status}`)
  if (!isJournal(response)) return none
  const lines = (await response.text()).split('\n').filter((line) => line !== '')
  const epoch = response.headers.get(HEADER.epoch)
  const entries = lines.map((line) => JSON.parse(line) as WireEntry)
  return { epochMs: epoch === null ? undefined : Number(epoch), entries }
}

/** Ids end in numbers, which count: what one input has led to is in the order of its effects. */
const natural = new Intl.Collator('en', { numeric: true })
const isEarlier = (a: WireEntry, b: WireEntry) =>
  a.time < b.time || (a.time === b.time && natural.compare(a.id, b.id) < 0)

const isReceived = ({ kind, layer, to }: WireEntry) => kind === 'message' && layer === to
/** Kept by its sender. */
const isSent = ({ kind, layer, to }: WireEntry) => kind === 'message' && layer !== to

/**
 * Journals of several services as one, in causal order: each journal keeps its own order, an entry comes after its
 * cause, and beyond that the clock decides. A question whose sender stopped waiting before it knew that the receiver had
 * it is in both journals; the receiver's entry counts.
 */
export function mergeJournals(all: readonly (readonly WireEntry[])[]): readonly WireEntry[] {
  const received = new Set(all.flatMap((journal) => journal.filter(isReceived).map(({ id }) => id)))
  const journals = all.map((journal) => journal.filter((entry) => !isSent(entry) || !received.has(entry.id)))
  const known = new Set(journals.flatMap((journal) => journal.map((entry) => entry.id)))
  const merged: WireEntry[] = []
  const done = new Set<string>()
  const heads = journals.map(() => 0)
  const isReady = ({ cause }: WireEntry) => cause === undefined || done.has(cause) || !known.has(cause)
  for (;;) {
    const open = journals.flatMap((journal, index) => {
      const entry = journal[heads[index] ?? 0]
      return entry === undefined ? [] : [{ entry, index }]
    })
    if (open.length === 0) return merged
    const ready = open.filter(({ entry }) => isReady(entry))
    const candidates = ready.length > 0 ? ready : open
    const next = candidates.reduce((first, other) => (isEarlier(other.entry, first.entry) ? other : first))
    merged.push(next.entry)
    done.add(next.entry.id)
    heads[next.index] = (heads[next.index] ?? 0) + 1
  }
}

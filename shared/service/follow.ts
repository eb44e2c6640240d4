import { setTimeout as delay } from 'node:timers/promises'
import type { Became } from '../contracts/became.ts'
import { MODELLED_LAYERS, type Layer } from '../contracts/layer.ts'
import { becameOf, worksOf } from '../trace/became.ts'
import { mergeJournals } from '../trace/merge-journals.ts'
import { counted } from '../transport/epochs.ts'
import { HEADER, NOT_OFFERED } from '../transport/headers.ts'
import { whyUnreached } from '../transport/why-unreached.ts'
import { preferringWait } from './at-rest.ts'
import { hereOnceQuiet, herePath, isHere, type Here, type HerePorts } from './here.ts'

export interface FollowPorts extends HerePorts {
  readonly urlOf: (layer: Layer) => string | undefined
  /** How the others are asked. */
  readonly fetch: typeof globalThis.fetch
}

/** What one layer said: what it knows; nothing, since it keeps no journal; that it is busy still; or why it says nothing. */
type Said = Here | 'nothing' | 'busy' | { readonly because: string }

/** A layer that need not wait says at once what it knows. */
const ANSWER_MS = 2000
/** Time to keep what was accepted. */
const KEPT_MS = 1000
/** Between two looks that found something under way, or a layer that cannot be asked, without anything new: at first, at most. */
const FIRST_PAUSE_MS = 5
const LAST_PAUSE_MS = 320

/**
 * What became of a message, asked of all layers. Each answers once it has nothing to do about it any more, and is asked
 * again when that has led to something; it is over when a second look finds nothing new. Waits no longer than so many ms, 0
 * looks once; nor when whoever asks is `gone`. Undefined when nobody knows of it.
 */
export async function follow(
  ports: FollowPorts,
  machine: string,
  id: string,
  withinMs: number,
  gone?: AbortSignal
): Promise<Became | undefined> {
  const end = performance.now() + withinMs
  let roots: readonly string[] = [id]
  let pause = FIRST_PAUSE_MS
  let kept = 0
  for (let before = ''; ;) {
    const left = end + kept - performance.now()
    const looked = await look(ports, machine, roots, Math.max(0, left), gone)
    roots = [...new Set([...roots, ...looked.roots])]
    const became = becameOf(id, looked)
    const works = worksOf(looked.waits)
    const isQuiet = works.length === 0 && !looked.isBusy && looked.silent.length === 0
    const state = JSON.stringify([looked.entries.length, roots.length, became?.became, became?.waits.length])
    // What is being kept shows in no journal yet: it may be this message.
    if (became === undefined && works.length > 0) kept = KEPT_MS
    const isOver = left <= 0 && performance.now() >= end + kept
    if ((isQuiet && state === before) || isOver || gone?.aborted === true) return became
    pause = state === before ? Math.min(2 * pause, LAST_PAUSE_MS) : FIRST_PAUSE_MS
    before = state
    if (!isQuiet && !looked.isBusy) await delay(Math.min(pause, Math.max(0, left)))
  }
}

/** Asks all layers once; those that are busy with it have so many ms to be it no more. */
async function look(
  ports: FollowPorts,
  machine: string,
  roots: readonly string[],
  waitMs: number,
  gone: AbortSignal | undefined
) {
  const said = await Promise.all(MODELLED_LAYERS.map((layer) => ask(ports, layer, machine, roots, waitMs, gone)))
  const known = said.filter((one): one is Here => isHere(one))
  const epochMs = Math.min(...known.map((one) => one.epochMs))
  const silent = said.flatMap((one, index): Became['silent'] => {
    const layer = MODELLED_LAYERS[index]
    return layer !== undefined && typeof one === 'object' && 'because' in one ? [{ layer, because: one.because }] : []
  })
  return {
    entries: mergeJournals(known.map((one) => one.entries.map(counted(one.epochMs, epochMs)))),
    roots: known.flatMap((one) => one.roots),
    waits: known.flatMap((one) => one.waits),
    stopped: known.flatMap((one) => one.stopped),
    silent,
    isBusy: said.includes('busy')
  }
}

async function ask(
  ports: FollowPorts,
  layer: Layer,
  machine: string,
  roots: readonly string[],
  waitMs: number,
  gone: AbortSignal | undefined
): Promise<Said> {
  if (layer === ports.layer) {
    return hereOnceQuiet(ports, machine, roots, waitMs / 1000, () => gone?.aborted === true)
  }
  const url = ports.urlOf(layer)
  if (url === undefined) return 'nothing'
  const [id = ''] = roots
  const path = `${herePath(machine, id)}?also=${encodeURIComponent(roots.join(' '))}`
  const late = AbortSignal.timeout(waitMs > 0 ? Math.ceil(waitMs) : ANSWER_MS)
  const signal = gone === undefined ? late : AbortSignal.any([late, gone])
  const headers = waitMs > 0 ? { [HEADER.prefer]: preferringWait(waitMs) } : {}
  try {
    const response = await ports.fetch(url.replace(/\/$/, '') + path, { signal, headers })
    if (response.ok) {
      const told: unknown = await response.json()
      // Someone else's service may answer anything to a question that is not its own.
      return isHere(told) ? told : 'nothing'
    }
    await response.body?.cancel()
    return NOT_OFFERED.has(response.status) ? 'nothing' : { because: `it answers ${response.status}` }
  } catch (error) {
    // The last look, which waits for nothing, says whether it answers at all.
    if (waitMs > 0 && signal.aborted) return 'busy'
    return { because: whyUnreached(error) }
  }
}

import type { Became, Stopped, Waits } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import { taskAccess } from '../contracts/guest.ts'
import { processAccess } from '../contracts/host-kernel.ts'
import { messageType } from '../contracts/registry.ts'
import { holding } from '../contracts/waits.ts'
import type { WireEntry } from './entry.ts'
import { fateOf, NOTED_TIMERS } from './fates.ts'
import { sentenceOf } from './told.ts'
import { Under } from './under.ts'

/** What is known of a message: entries of all layers, cause before effect, and what the layers are about to do. */
export interface Known {
  readonly entries: readonly WireEntry[]
  readonly waits: readonly Waits[]
  readonly stopped: readonly Stopped[]
  readonly silent: Became['silent']
}

/** Messages that are over only when a note says how they ended. */
const ENDS_BY_NOTE: ReadonlySet<string> = new Set([taskAccess.type, processAccess.type])
const ACCESS = 'access'

/** What became of the message with this id; undefined when no entry knows of it. */
export function becameOf(id: string, { entries, waits, stopped, silent }: Known): Became | undefined {
  const under = new Under([id])
  const own = entries.filter((entry) => under.take(entry)).filter((entry) => !isOfAnother(entry, under))
  const root = own.find((entry) => entry.id === id)
  if (root === undefined) return undefined
  const refused = own
    .filter((entry) => entry.kind === 'refusal' && (entry.id === id || isHandedOn(entry)) && !isTakenLater(entry, own))
    .map(refusalOf)
  const held = heldOf(own, root, stopped)
  const timers = waits.filter((one) => one.for === 'timer' && !NOTED_TIMERS.has(one.type))
  const dead = waits.filter((one) => one.for === 'dead-letter')
  const underWay = worksOf(waits)
  const behind = waits.filter((one) => one.for !== 'timer' && one.for !== 'dead-letter' && !underWay.includes(one))
  const became =
    refused.length > 0 && dead.length === 0
      ? 'refused'
      : underWay.length > 0
        ? 'under-way'
        : dead.length > 0
          ? 'dead-letter'
          : silent.length > 0
            ? 'unknown'
            : held.length + timers.length > 0
              ? 'held'
              : 'settled'
  return {
    id,
    became,
    refused,
    waits: [...underWay, ...dead, ...behind],
    held: [...held, ...timers.map((timer) => timerOf(timer, stopped))],
    outcome: own.filter((entry) => fateOf(entry)?.held === undefined && fateOf(entry) !== undefined).map(outcomeOf),
    stopped: [...stopped],
    silent
  }
}

/**
 * What will be over by itself: not a timer, nor a dead letter, nor what waits for one: the handlers of a layer that such a
 * letter holds, and the answers that others wait for from that layer.
 */
export function worksOf(waits: readonly Waits[]): readonly Waits[] {
  const held = heldLayers(waits)
  return waits.filter(({ layer, for: what, to }) => {
    if (what === 'timer' || what === 'dead-letter') return false
    if (what === 'handler') return !held.has(layer)
    return what !== 'answer' || to === undefined || !held.has(to)
  })
}

/** The layers that go no further: those with a letter that holds them, and those that wait for an answer from such a one. */
function heldLayers(waits: readonly Waits[]): ReadonlySet<Layer> {
  const held = new Set(holding(waits).map(({ layer }) => layer))
  for (let size = -1; size !== held.size;) {
    size = held.size
    for (const { for: what, layer, to } of waits)
      if (what === 'answer' && to !== undefined && held.has(to)) held.add(layer)
  }
  return held
}

/** The end of something that somebody else asked for. */
function isOfAnother(entry: WireEntry, under: Under): boolean {
  const { because = [] } = entry
  return because.length > 0 && fateOf(entry)?.isOwn === true && !because.some((id) => under.has(id))
}

/** Whoever asks a question gets the refusal as its answer, and says itself what that leads to. */
function isHandedOn({ to, type }: WireEntry): boolean {
  return to === 'outside' || messageType(to, type)?.reply === undefined
}

/**
 * Whether a receiver has taken after all what a refusal is about: a dead letter that was sent again. What it had refused has the
 * id `<id of the letter>.r<n>` then, and so has what it refused again; what nobody had taken keeps its own.
 */
function isTakenLater(refusal: WireEntry, own: readonly WireEntry[]): boolean {
  const first = refusal.id.replace(/\.r\d+$/, '')
  return own.some(
    (taken) =>
      taken.kind === 'message' &&
      (taken.id.startsWith(`${first}.r`) || (taken.id === refusal.id && isBehind(taken, refusal)))
  )
}

/** What was refused by its receiver stands in the receiver's own journal, behind the message. */
function isBehind(taken: WireEntry, refusal: WireEntry): boolean {
  return taken.layer === refusal.layer ? taken.seq > refusal.seq : refusal.layer !== refusal.to
}

function refusalOf({ id, to, type, data }: WireEntry): Became['refused'][number] {
  const { code, detail, field } = data as { code: string; detail: string; field?: string }
  return { by: to as Layer, type, id, code, detail, ...(field === undefined ? {} : { field }) }
}

const outcomeOf = (entry: WireEntry): Became['outcome'][number] => ({
  layer: entry.layer,
  type: entry.type,
  says: sentenceOf(entry).split('\n', 1)[0] ?? '',
  data: entry.data
})

function timerOf({ layer, type, dueInNs = 0 }: Waits, stopped: readonly Stopped[]): Became['held'][number] {
  const why = `the timer ${type} has not fired`
  const never = neverOf(layer, stopped)
  return never === undefined
    ? { layer, why, until: `it does in ${dueInNs / 1e6} ms`, dueInNs }
    : { layer, why, until: never }
}

/** What waits for a layer that does nothing more waits for ever. */
function neverOf(layer: Layer | undefined, stopped: readonly Stopped[]): string | undefined {
  const end = stopped.find((one) => one.layer === layer)
  return end && `never, since ${end.layer} does nothing more: ${end.because}`
}

/** What waits, unless a later note says what became of it. */
function heldOf(
  own: readonly WireEntry[],
  root: WireEntry,
  stopped: readonly Stopped[]
): readonly Became['held'][number][] {
  const held = new Map<string, Became['held'][number]>()
  if (root.kind === 'message' && ENDS_BY_NOTE.has(root.type)) {
    const why = 'the access has not ended'
    held.set(ACCESS, { layer: root.layer, why, until: 'the accesses before it have, and its vCPU or thread runs' })
  }
  for (const entry of own) {
    const fate = fateOf(entry)
    if (fate === undefined) continue
    const { about, held: waits } = fate
    if (waits === undefined) {
      held.delete(about)
      continue
    }
    const until = neverOf(waits.by, stopped) ?? waits.until
    held.set(about, { layer: entry.layer, why: sentenceOf(entry).split('\n', 1)[0] ?? '', until })
  }
  return [...held.values()]
}

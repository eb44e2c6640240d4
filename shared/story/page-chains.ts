import { hex } from '../formats/hex.ts'
import { SPACES, type Space } from '../contracts/caption.ts'
import type { WireEntry } from '../trace/entry.ts'
import { guestId, HOST, type Cast } from './cast.ts'
import { refOf, type EntryRef } from './entry-ref.ts'
import { around, shared, type Extent } from './extent.ts'
import { Mappings } from './mappings.ts'
import { pageChange, type How, type PageChange } from './page-changes.ts'
import { statesOf, type States } from './states.ts'

/** Memory that was lost, in every address space that it lies in. */
export interface PageChain {
  /** In the order of SPACES: guest virtual of each task, guest physical, host virtual of each process, host physical. */
  readonly places: readonly PagePlace[]
}

/** The same memory in one address space. A huge page is one place. */
export interface PagePlace {
  readonly space: Space
  readonly address: string
  /** Bytes, as `0x1000`. */
  readonly length: string
  /** Whose addresses they are, by id: a task, a guest, a VM's process, another process, the host. */
  readonly party?: string
  /** Of that party, in words. */
  readonly whose: string
  /** What became of it there, in order. */
  readonly changes: readonly PlaceChange[]
}

export interface PlaceChange extends EntryRef {
  readonly how: How
  /** Whoever has these addresses cannot use them any more; false where they can again. */
  readonly isLost: boolean
  /** The part of the place, where it is not all of it. */
  readonly part?: { readonly address: string; readonly length: string }
}

/** The memory that a run lost, each stretch of frames once, in the order in which it went bad. */
export function pageChains(journal: readonly WireEntry[], states: States = statesOf(journal)): readonly PageChain[] {
  const mappings = new Mappings()
  const lost: Lost[] = []
  const changes: Dated[] = []
  for (const [at, entry] of journal.entries()) {
    mappings.take(entry)
    const change = pageChange(entry)
    if (change === undefined) continue
    changes.push({ change, cause: entry.cause, ref: refOf(entry, at) })
    for (const part of framesOf(change, mappings)) loseFrames(lost, part, change, at, mappings)
  }
  const causeAt = (at: number) => journal[at]?.cause
  return lost.map(({ since, places }) => {
    // What leads to a page being given up comes in the same step, before that is said.
    const first = changes.findIndex(
      ({ ref, cause }) => ref.order > since || (cause !== undefined && cause === causeAt(since))
    )
    return { places: places.map((place) => placeOf(place, changes.slice(first), states.cast)) }
  })
}

interface Dated {
  readonly cause: string | undefined
  readonly change: PageChange
  readonly ref: EntryRef
}

interface Lost {
  /** Place in the journal of what was lost first, from 0. */
  readonly since: number
  memory: Memory
  places: readonly Place[]
}

/** Frames of the host; or of a guest, where nobody says which of the host's are under them. */
interface Memory extends Extent {
  readonly vm?: string
}

interface Place extends Extent {
  readonly space: Space
  readonly pid?: number
  readonly vm?: string
}

/** The frames that a change is about. */
function framesOf(change: PageChange, mappings: Mappings): readonly Memory[] {
  const { space, start, length, vm, pid } = change
  const part = { start, length }
  if (space === 'hostPhysical') return change.isOfMemory ? [part] : []
  if (space === 'hostVirtual') return change.isLost ? mappings.framesOfProcess(pid ?? 0, part) : []
  if (space === 'guestVirtual' || vm === undefined || !change.isOfMemory) return []
  const frames = mappings.framesOfGuest(vm, part)
  return frames.length > 0 ? frames : [{ ...part, vm }]
}

/** What is lost for the first time is found in all address spaces; more of the same page widens it. */
function loseFrames(lost: Lost[], part: Memory, { isOfMemory }: PageChange, at: number, mappings: Mappings): void {
  const memory: Memory = { start: part.start, length: part.length, ...(part.vm === undefined ? {} : { vm: part.vm }) }
  const known = lost.find((one) => one.memory.vm === memory.vm && shared(one.memory, memory) !== undefined)
  if (known === undefined) {
    if (isOfMemory) lost.push({ since: at, memory, places: placesOf(memory, mappings) })
    return
  }
  const all = around(known.memory, memory)
  if (all.length === known.memory.length) return
  known.memory = { ...known.memory, ...all }
  for (const other of lost.filter((one) => one !== known && one.memory.vm === memory.vm && shared(one.memory, all))) {
    known.memory = { ...known.memory, ...around(known.memory, other.memory) }
    lost.splice(lost.indexOf(other), 1)
  }
  known.places = placesOf(known.memory, mappings)
}

function placesOf(memory: Memory, mappings: Mappings): readonly Place[] {
  const { vm } = memory
  const hostVirtual = vm === undefined ? mappings.hostVirtual(memory) : []
  const guestPhysical =
    vm === undefined ? hostVirtual.flatMap((one) => mappings.guestPhysical(one.pid, one)) : [{ ...memory, vm }]
  const guestVirtual = guestPhysical.flatMap((one) => mappings.guestVirtual(one.vm ?? '', one))
  const found: Readonly<Record<Space, readonly Omit<Place, 'space'>[]>> = {
    guestVirtual,
    guestPhysical,
    hostVirtual,
    hostPhysical: vm === undefined ? [memory] : []
  }
  return SPACES.flatMap((space) => found[space].map((one) => ({ ...one, space })))
}

/** A place with what became of it, and whose it is. */
function placeOf(place: Place, changes: readonly Dated[], cast: Cast): PagePlace {
  const { space, start, length } = place
  const party = partyOf(place, cast)
  const whose =
    party === undefined ? (place.pid === undefined ? 'a guest' : `pid ${place.pid}`) : cast.party(party).name
  const what = { space, address: hex(start), length: hex(length), whose, changes: changesAt(place, changes) }
  return party === undefined ? what : { ...what, party }
}

function partyOf({ space, pid, vm }: Place, cast: Cast): string | undefined {
  if (space === 'hostPhysical') return HOST
  if (space !== 'guestPhysical') return cast.byPid(pid ?? -1, space === 'guestVirtual' ? vm : undefined)?.id
  const id = guestId(vm ?? '')
  return cast.has(id) ? id : undefined
}

function changesAt(place: Place, changes: readonly Dated[]): readonly PlaceChange[] {
  const lost = new Set<string>()
  return changes.flatMap(({ change, ref }) => {
    const part = isOf(change, place) ? shared(change, place) : undefined
    if (part === undefined) return []
    const isWhole = part.length === place.length
    const key = `${change.way} ${isWhole ? '' : part.start}`
    // Only what is lost is regained, and what is lost is not lost again.
    const isMove = change.how === 'moved elsewhere'
    if (change.isLost === lost.has(key) && !isMove) return []
    if (change.isLost) lost.add(key)
    else lost.delete(key)
    const said = { ...ref, how: change.how, isLost: change.isLost }
    return [isWhole ? said : { ...said, part: { address: hex(part.start), length: hex(part.length) } }]
  })
}

const isOf = (change: PageChange, place: Place): boolean =>
  change.space === place.space &&
  (change.vm === undefined || change.vm === place.vm) &&
  (change.pid === undefined || change.pid === place.pid)

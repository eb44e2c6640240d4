import type { Space } from '../../shared/contracts/caption.ts'
import type { PageChain, PagePlace, PlaceChange } from '../../shared/story/page-chains.ts'

/** How a page is in one address space at a moment. */
export interface StripPlace {
  readonly title: string
  readonly whose: string
  readonly address: string
  /** `4 KiB` */
  readonly size: string
  readonly state: string
  /** `unaware`: it is lost below, and nobody here knows. */
  readonly look: 'there' | 'lost' | 'unaware'
  /** Place of the entry that made it so. */
  readonly since: number | undefined
}

/** How one address space leads to the next. */
export interface StripLink {
  readonly name: string
  /** Place of the entry that cut it; absent while it holds. */
  readonly cut: number | undefined
}

/** The places of one address space, and what leads to the next. */
export interface StripGroup {
  readonly space: Space
  readonly places: readonly StripPlace[]
  readonly link: StripLink | undefined
}

/** From the task that uses the page to the memory, and from there to the VMM that has it too. */
const ORDER: readonly Space[] = ['guestVirtual', 'guestPhysical', 'hostPhysical', 'hostVirtual']
const TITLES: Readonly<Record<Space, string>> = {
  guestVirtual: 'Guest virtual',
  guestPhysical: 'Guest physical',
  hostPhysical: 'Host physical',
  hostVirtual: 'Host virtual'
}
const STAGE_2: ReadonlySet<string> = new Set(['out of stage 2', 'in stage 2'])

/** A page in its address spaces, as it is after the entry at `now`. */
export function stripAt({ places }: PageChain, now: number): readonly StripGroup[] {
  const isBad = places.some(({ space, changes }) => space === 'hostPhysical' && lastOf(changes, now)?.isLost === true)
  const present = ORDER.filter((space) => places.some((place) => place.space === space))
  return present.map((space, index) => {
    const own = places.filter((place) => place.space === space)
    const next = present[index + 1]
    return {
      space,
      places: own.map((place) => placeAt(place, now, isBad)),
      link: next === undefined ? undefined : linkAt(space, next, places, now)
    }
  })
}

function placeAt({ space, address, length, whose, changes }: PagePlace, now: number, isBad: boolean): StripPlace {
  const change = lastOf(
    changes.filter(({ how }) => !STAGE_2.has(how)),
    now
  )
  const isUnaware = isBad && space === 'guestPhysical' && change?.isLost !== true
  const look = isUnaware ? 'unaware' : change?.isLost === true ? 'lost' : 'there'
  return {
    title: TITLES[space],
    whose: space === 'hostPhysical' ? 'memory' : whose.replace(/^the /, ''),
    address,
    size: sizeText(BigInt(length)),
    state: isUnaware ? 'guest unaware' : change === undefined ? 'there' : stateText(change, changes, now),
    look,
    since: isUnaware ? undefined : change?.order
  }
}

/** What became of it last; of a huge page perhaps only of parts. */
function stateText({ how, part }: PlaceChange, changes: readonly PlaceChange[], now: number): string {
  if (part === undefined) return how
  const alike = changes.filter((one) => one.order <= now && one.how === how && one.part !== undefined)
  return alike.length === 1 ? `${how} in ${sizeText(BigInt(part.length))}` : `${how} in ${alike.length} parts`
}

function linkAt(from: Space, to: Space, places: readonly PagePlace[], now: number): StripLink {
  if (from === 'guestVirtual')
    return { name: 'stage 1', cut: cutBy(places, from, now, ({ how }) => how === 'unmapped') }
  if (to === 'hostPhysical' && from === 'guestPhysical') {
    return { name: 'stage 2', cut: cutBy(places, from, now, ({ how }) => STAGE_2.has(how)) }
  }
  if (to === 'hostVirtual') return { name: 'page table', cut: cutBy(places, to, now, ({ how }) => !STAGE_2.has(how)) }
  return { name: 'memory slot', cut: undefined }
}

/** Cut where each place of a space has lost its way, by the last that did. */
function cutBy(
  places: readonly PagePlace[],
  space: Space,
  now: number,
  isOfLink: (change: PlaceChange) => boolean
): number | undefined {
  const last = places
    .filter((place) => place.space === space)
    .map(({ changes }) => lastOf(changes.filter(isOfLink), now))
  if (last.length === 0 || !last.every((change) => change?.isLost === true)) return undefined
  return Math.max(...last.map((change) => change?.order ?? 0))
}

const lastOf = (changes: readonly PlaceChange[], now: number) => changes.findLast(({ order }) => order <= now)

const UNITS = ['B', 'KiB', 'MiB', 'GiB']

/** A size in bytes as a person reads it. */
export function sizeText(bytes: bigint): string {
  let unit = 0
  let size = bytes
  while (size >= 1024n && size % 1024n === 0n && unit < UNITS.length - 1) {
    size /= 1024n
    unit++
  }
  return `${size} ${UNITS[unit]}`
}

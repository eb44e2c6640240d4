import type { Fields } from '../contracts/fields.ts'
import { hex } from '../formats/hex.ts'
import type { System } from '../machine-room/system.ts'
import type { WireEntry } from '../trace/entry.ts'
import { distanceOf } from './distance.ts'
import type { Plan } from './plan.ts'
import { addressOf } from './scalars.ts'
import type { PlaceFile } from './schema-step.ts'

/** A run in the making: who drives it, and where the memory of those who live on the host itself lies. */
export interface Stage {
  readonly system: System
  readonly machine: string
  readonly plan: Plan
  /** Start of each host process's memory, host physical, by pid. */
  readonly frames: Map<number, bigint>
}

/** A step that cannot be done: no mistake in the file's form, and no outcome either. Its `cause` is a layer's refusal. */
export class StepError extends Error {}

const PAGE = 0x1000n
/** A level 3 table has an entry of eight bytes for each of 512 pages. */
const PAGE_SHIFT = 12n
const ENTRIES = 512n
const ENTRY_SIZE = 8n
/** Where in its page a task touches unless told otherwise. */
export const OFFSET = 0x18n

export type Place = string | PlaceFile

export type { PlaceFile } from './schema-step.ts'

export const placeOf = (place: Place): PlaceFile => (typeof place === 'string' ? { task: place } : place)

/** The host physical address of a place, as an engineer would find it: from what the layers have told each other. */
export async function hostPhysicalOf(stage: Stage, where: Place): Promise<bigint> {
  const place = placeOf(where)
  if (place.hostPhysical !== undefined) return addressOf(place.hostPhysical) + distanceOf(place)
  if (place.vmm !== undefined) return (await inOwnRange(stage, place, place.vmm)).physical
  const actor = stage.plan.actors.get(place.task ?? '')
  if (actor === undefined) throw new StepError('no place is named: give task, vmm or hostPhysical')
  if (actor.kind === 'task') {
    const distance = distanceOf(place)
    const inTable = actor.pageTable + (((actor.virtual + distance) >> PAGE_SHIFT) % ENTRIES) * ENTRY_SIZE
    return behind(stage, actor.vm, place.table === true ? inTable : actor.physical + distance)
  }
  const start = stage.frames.get(actor.pid)
  if (start === undefined) throw new StepError(`${place.task} has no memory`)
  return start + distanceOf(place)
}

interface Range {
  readonly start: bigint
  readonly length: bigint
  readonly physical: bigint
}

/** The process that created a VM; undefined when none has. */
function creatorOf(journal: readonly WireEntry[], vm: string): unknown {
  const created = journal.find(({ type, data }) => type === 'kvm.create-vm' && (data as Fields)['vm'] === vm)
  return (created?.data as Fields | undefined)?.['pid']
}

/** Pid of the VMM of a VM. Throws StepError when there is no such VM. */
export async function vmmPidOf({ system, machine }: Stage, vm: string): Promise<number> {
  const pid = creatorOf(await system.journal(machine), vm)
  if (typeof pid !== 'number') throw new StepError(`no VMM has created ${vm}`)
  return pid
}

/** The mappings that the host kernel gave to the VMM of a VM, in the order it asked for them. */
function vmmMappings(journal: readonly WireEntry[], vm: string): readonly Range[] {
  const pid = creatorOf(journal, vm)
  const answer = journal.find(
    ({ type, kind, data }) => kind === 'answer' && type === 'process.create' && (data as Fields)['pid'] === pid
  )
  const { mappings = [] } = (answer?.data ?? {}) as { mappings?: readonly Readonly<Record<string, string>>[] }
  return mappings.map(({ hostVirtual = '0', hostPhysical = '0', length = '0' }) => ({
    start: BigInt(hostVirtual),
    physical: BigInt(hostPhysical),
    length: BigInt(length)
  }))
}

/** What KVM last put into stage 2 for a guest page; for a page nobody has touched, what the VMM maps there. */
async function behind({ system, machine }: Stage, vm: string, guestPhysical: bigint): Promise<bigint> {
  const journal = await system.journal(machine)
  for (const entry of journal.toReversed()) {
    if (entry.kind !== 'message') continue
    const data = entry.data as Readonly<Record<string, string>>
    if (entry.type === 'process.remap') throw new StepError(`${vm} has new memory; touch it before it is poisoned`)
    if (entry.type !== 'stage2.map' || data['vm'] !== vm) continue
    const offset = guestPhysical - BigInt(data['guestPhysical'] ?? 0)
    if (offset >= 0n && offset < BigInt(data['length'] ?? 0)) return BigInt(data['hostPhysical'] ?? 0) + offset
  }
  const hostVirtual = inSlot(journal, vm, guestPhysical)
  const mapping = vmmMappings(journal, vm).find(
    ({ start, length }) => hostVirtual >= start && hostVirtual < start + length
  )
  if (mapping === undefined) throw new StepError(`nothing is behind guest physical ${hex(guestPhysical)}`)
  return mapping.physical + (hostVirtual - mapping.start)
}

/** Where the VMM maps a guest page, by its memory slot. */
function inSlot(journal: readonly WireEntry[], vm: string, guestPhysical: bigint): bigint {
  const slot = journal.find(({ type, data }) => type === 'kvm.set-user-memory-region' && (data as Fields)['vm'] === vm)
  const region = (slot?.data ?? {}) as Readonly<Record<string, string>>
  return guestPhysical - BigInt(region['guestPhysical'] ?? 0) + BigInt(region['hostVirtual'] ?? 0)
}

/** The address in its VMM of a guest page. */
export async function hostVirtualBehind({ system, machine }: Stage, vm: string, guestPhysical: bigint) {
  return inSlot(await system.journal(machine), vm, guestPhysical)
}

/** Memory of the VMM that is no guest's: the mapping after the guest's RAM. */
async function ownRangeOf({ system, machine }: Stage, vm: string): Promise<Range> {
  const own = vmmMappings(await system.journal(machine), vm)[1]
  if (own === undefined) throw new StepError(`the VMM of ${vm} has shown no memory of its own`)
  return own
}

/** Both addresses of a place in a VMM's own memory. Throws StepError behind its end. */
export async function inOwnRange(stage: Stage, place: PlaceFile, vm: string, usual?: bigint) {
  const { start, length, physical } = await ownRangeOf(stage, vm)
  const distance = distanceOf(place, usual)
  if (distance >= length) throw new StepError(`the own memory of the VMM of ${vm} ends after ${length / PAGE} pages`)
  return { hostVirtual: start + distance, physical: physical + distance }
}

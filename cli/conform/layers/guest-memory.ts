import { guestMemoryRead, guestMemoryWrite, type GuestCreate } from '../../../shared/contracts/guest.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { GHES_V2_TYPE, type GhesSource } from '../../../shared/formats/ghes-source.ts'
import { decodeHest, isGhes } from '../../../shared/formats/hest.ts'
import { readMemory, sparseMemory, writeMemory } from '../../../shared/sparse/memory.ts'
import { Broken, type Scene } from '../scene.ts'

/** The RAM of a guest as its VMM finds it, and what the guest would see of its error sources. */
export interface GuestMemory {
  readonly read: (guestPhysical: bigint, length: number) => Uint8Array
  readonly write: (guestPhysical: bigint, bytes: Uint8Array) => void
}

/** The RAM of all VMs of a machine. It reads as zero. */
export function playGuestMemory(scene: Scene): GuestMemory {
  let memory = sparseMemory(0n, 1n << 40n)
  const read = (guestPhysical: bigint, length: number) =>
    readMemory(memory, guestPhysical, length) ?? new Uint8Array(length)
  const write = (guestPhysical: bigint, bytes: Uint8Array) => {
    memory = writeMemory(memory, guestPhysical, bytes) ?? memory
  }
  scene.answer(guestMemoryRead, ({ guestPhysical, length }) => ({ bytes: read(guestPhysical, length) }))
  scene.answer(guestMemoryWrite, ({ guestPhysical, bytes }) => {
    write(guestPhysical, bytes)
    return {}
  })
  return { read, write }
}

/** An error source of a guest, as its HEST and the memory behind that say. */
export interface GuestSource {
  readonly source: number
  /** Notification type by its number in the HEST. */
  readonly notify: number
  readonly block: bigint
  readonly blockLength: number
  readonly readAck: { readonly at: bigint; readonly preserve: bigint; readonly write: bigint } | undefined
}

const HEST_HEADER = 8
const LONGEST_HEST = 65536

/** The sources that a guest would find. Throws Broken when its HEST cannot be walked. */
export function sourcesOf(memory: GuestMemory, { hestAddress }: GuestCreate): readonly GuestSource[] {
  if (hestAddress === undefined) return []
  const length = viewOf(memory.read(hestAddress, HEST_HEADER)).getUint32(4)
  if (length < HEST_HEADER || length > LONGEST_HEST)
    throw new Broken(`no table lies at hestAddress: its length is ${length}`)
  return ghesOf(memory.read(hestAddress, length)).map((found) => ({
    source: found.sourceId,
    notify: found.notification.type,
    block: cell(memory, found.errorStatusAddress.address),
    blockLength: found.errorStatusBlockLength,
    readAck:
      found.type === GHES_V2_TYPE
        ? { at: found.readAck.register.address, preserve: found.readAck.preserve, write: found.readAck.write }
        : undefined
  }))
}

function ghesOf(table: Uint8Array): readonly GhesSource[] {
  try {
    return decodeHest(table).sources.filter(isGhes)
  } catch (error) {
    throw new Broken(`the HEST of the guest: ${(error as Error).message}`)
  }
}

const cell = (memory: GuestMemory, guestPhysical: bigint) => viewOf(memory.read(guestPhysical, 8)).getBigUint64(0)

/** Whether the register of a source says that its last record is acknowledged. */
export function isAcknowledged(memory: GuestMemory, { readAck }: GuestSource): boolean {
  return readAck === undefined || (cell(memory, readAck.at) & ~readAck.preserve) === readAck.write
}

/** What a guest does with a record that it has read: Block Status is cleared, then it acknowledges. */
export function acknowledge(memory: GuestMemory, { block, readAck }: GuestSource): void {
  memory.write(block, new Uint8Array(4))
  if (readAck === undefined) return
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, (cell(memory, readAck.at) & readAck.preserve) | readAck.write)
  memory.write(readAck.at, bytes)
}

import { hex } from '../shared/formats/hex.ts'
import { memoryRegister } from '../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, oneRecord, type GhesSource } from '../shared/formats/ghes-source.ts'
import { encodeHest } from '../shared/formats/hest.ts'
import { hestNotification, NOTIFY } from '../shared/formats/hest-notification.ts'
import { readMemory, sparseMemory, writeMemory, type SparseMemory } from '../shared/sparse/memory.ts'

/** Error sources of the recorded machine by number. */
export const SOURCE = { SEA: 0, POLLED: 1, EXTERNAL: 2, GSIV: 3, POLLED_V1: 4, SEI: 5, SDEI: 6 } as const

/** One page a source: the cell with the block's address, the read-ack register, the block. Where they lie is ours. */
const BASE = 0x3f00_0000n
const PAGE = 0x1000n
const SOURCES = 8n
const ACK_OFFSET = 8n
const BLOCK_OFFSET = 0x40n
/** Bytes of a status block. */
export const BLOCK_LENGTH = 0xc00

const pageOf = (source: number) => BASE + PAGE * BigInt(source)

const VERSION_2 = [
  { sourceId: SOURCE.SEA, notification: hestNotification(NOTIFY.SEA) },
  { sourceId: SOURCE.POLLED, notification: hestNotification(NOTIFY.polled, { pollInterval: 200 }) },
  { sourceId: SOURCE.EXTERNAL, notification: hestNotification(NOTIFY.external, { vector: 232 }) },
  { sourceId: SOURCE.GSIV, notification: hestNotification(NOTIFY.GSIV, { vector: 233 }) },
  { sourceId: SOURCE.POLLED_V1, notification: hestNotification(NOTIFY.polled, { pollInterval: 200 }) },
  { sourceId: SOURCE.SEI, notification: hestNotification(NOTIFY.SEI) },
  { sourceId: SOURCE.SDEI, notification: hestNotification(NOTIFY.SDEI, { vector: 804 }) }
] as const

function sourceOf({ sourceId, notification }: (typeof VERSION_2)[number]): GhesSource {
  const common = {
    sourceId,
    ...oneRecord(BLOCK_LENGTH),
    errorStatusAddress: memoryRegister(pageOf(sourceId)),
    notification
  }
  if (sourceId === SOURCE.POLLED_V1) return { type: GHES_TYPE, ...common }
  const readAck = {
    register: memoryRegister(pageOf(sourceId) + ACK_OFFSET),
    preserve: 0xffff_ffff_ffff_fffen,
    write: 1n
  }
  return { type: GHES_V2_TYPE, ...common, readAck }
}

/** The HEST of the recorded machine. */
export function labHest(): Uint8Array {
  const header = {
    revision: 1,
    oemId: 'BOCHS ',
    oemTableId: 'BXPC    ',
    oemRevision: 2,
    creatorId: 'LAB ',
    creatorRevision: 1
  }
  return encodeHest({ ...header, sources: VERSION_2.map(sourceOf) })
}

function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function write(memory: SparseMemory, address: bigint, bytes: Uint8Array): SparseMemory {
  const written = writeMemory(memory, address, bytes)
  if (written === undefined) throw new RangeError('a record does not fit into its status block')
  return written
}

/** Firmware's memory: each source points at its empty block and is acknowledged. */
export function labMemory(): SparseMemory {
  let memory = sparseMemory(BASE, BASE + PAGE * SOURCES)
  for (const { sourceId } of VERSION_2) {
    memory = write(memory, pageOf(sourceId), word(pageOf(sourceId) + BLOCK_OFFSET))
    memory = write(memory, pageOf(sourceId) + ACK_OFFSET, word(1n))
  }
  return memory
}

/** Firmware fills a block and takes the acknowledgement back. */
export function putRecord(memory: SparseMemory, source: number, block: Uint8Array, ack = 0n): SparseMemory {
  return write(setReadAck(memory, source, ack), pageOf(source) + BLOCK_OFFSET, block)
}

export function setReadAck(memory: SparseMemory, source: number, ack: bigint): SparseMemory {
  return write(memory, pageOf(source) + ACK_OFFSET, word(ack))
}

/** The error status address register reads 0: there is no block. */
export function hideBlock(memory: SparseMemory, source: number): SparseMemory {
  return write(memory, pageOf(source), word(0n))
}

export function showBlock(memory: SparseMemory, source: number): SparseMemory {
  return write(memory, pageOf(source), word(pageOf(source) + BLOCK_OFFSET))
}

/** What a recording says of a source afterwards. */
export function sourceState(memory: SparseMemory, source: number): { block_status: string; read_ack: string } {
  const at = (address: bigint, length: number) => readMemory(memory, address, length) ?? new Uint8Array(length)
  const block = at(pageOf(source) + BLOCK_OFFSET, 4)
  const ack = at(pageOf(source) + ACK_OFFSET, 8)
  return {
    block_status: hex(new DataView(block.buffer).getUint32(0, true)),
    read_ack: hex(new DataView(ack.buffer).getBigUint64(0, true))
  }
}

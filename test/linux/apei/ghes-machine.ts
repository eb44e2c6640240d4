import { encodeErrorStatusBlock } from '../../../shared/formats/error-status-block.ts'
import type { ErrorDataEntry } from '../../../shared/formats/error-data-entry.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, NO_RELATED_SOURCE, type GhesSource } from '../../../shared/formats/ghes-source.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodeHest, type HestSource } from '../../../shared/formats/hest.ts'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { encodeMemorySection, type MemorySection } from '../../../shared/formats/memory-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { probeGhes } from '../../../shared/linux/apei/ghes-probe.ts'
import { createKernel, kernelOf, type KernelSetup } from '../../../shared/linux/kernel/create.ts'
import type { Context, Kernel, KernelEvent, SignalDelivery } from '../../../shared/linux/kernel/state.ts'
import { createProcess } from '../../../shared/linux/kernel/task.ts'

/** Every source owns a page: +0 block pointer, +8 read-ack register, +0x40 status block. */
const BASE = 0x7fff_0000n
const BLOCK = 0x40n
const BLOCK_LENGTH = 0xc00
/** Firmware has written a record and waits; 1 is "acknowledged". */
const BUSY = 0n

export const VICTIM: Context = { pid: 100, tid: 100, comm: 'victim', cpu: 0 }

const page = (sourceId: number): bigint => BASE + 0x1000n * BigInt(sourceId)
export const pointerOf = page
export const ackOf = (sourceId: number): bigint => page(sourceId) + 8n
export const blockOf = (sourceId: number): bigint => page(sourceId) + BLOCK

/** A source of the test machine; everything may be said otherwise. */
export function source(sourceId: number, notify: number, change: Partial<GhesSource> = {}): GhesSource {
  return {
    type: GHES_V2_TYPE,
    sourceId,
    relatedSourceId: NO_RELATED_SOURCE,
    flags: 0,
    enabled: 1,
    recordsToPreallocate: 1,
    maxSectionsPerRecord: 1,
    maxRawDataLength: BLOCK_LENGTH,
    errorStatusAddress: memoryRegister(pointerOf(sourceId)),
    notification: hestNotification(notify, { pollInterval: 200 }),
    errorStatusBlockLength: BLOCK_LENGTH,
    readAck: { register: memoryRegister(ackOf(sourceId)), preserve: 0xffffffff_fffffffen, write: 1n },
    ...change
  } as GhesSource
}

/** The same without a read acknowledge. */
export function sourceV1(sourceId: number, notify: number): GhesSource {
  const v1: GhesSource & { readAck?: unknown } = { ...source(sourceId, notify), type: GHES_TYPE } as GhesSource
  delete v1.readAck
  return v1
}

export function hest(sources: readonly HestSource[]): Uint8Array {
  const header = {
    revision: 1,
    oemId: 'BOCHS ',
    oemTableId: 'BXPC    ',
    oemRevision: 2,
    creatorId: 'LAB ',
    creatorRevision: 1
  }
  return encodeHest({ ...header, sources })
}

/** The seven sources of the recordings, by their ids. */
export const SOURCE = { SEA: 0, POLLED: 1, EXTERNAL: 2, GSIV: 3, POLLED_V1: 4, SEI: 5, SDEI: 6 } as const
export const SOURCES: readonly GhesSource[] = [
  source(SOURCE.SEA, NOTIFY.SEA),
  source(SOURCE.POLLED, NOTIFY.polled),
  source(SOURCE.EXTERNAL, NOTIFY.external, { notification: hestNotification(NOTIFY.external, { vector: 232 }) }),
  source(SOURCE.GSIV, NOTIFY.GSIV, { notification: hestNotification(NOTIFY.GSIV, { vector: 233 }) }),
  sourceV1(SOURCE.POLLED_V1, NOTIFY.polled),
  source(SOURCE.SEI, NOTIFY.SEI),
  source(SOURCE.SDEI, NOTIFY.SDEI, { notification: hestNotification(NOTIFY.SDEI, { vector: 804 }) })
]

export interface GhesMachine {
  readonly k: Kernel
  readonly events: KernelEvent[]
  readonly signals: SignalDelivery[]
  /** sched_clock. */
  now: number
  read(address: bigint, length: number): Uint8Array | undefined
  write(address: bigint, bytes: Uint8Array): void
  u64(address: bigint): bigint
  setU64(address: bigint, value: bigint): void
  /** Firmware publishes a record: block first, then the register says busy. */
  put(sourceId: number, block: Uint8Array, ack?: bigint): void
  blockStatus(sourceId: number): number
  lines(): string[]
  traces(event?: string): string[]
  steps(name: string): Readonly<Record<string, unknown>>[]
  /** What was put into the FIFO of CPU 0. */
  queued(): readonly { readonly pfn: bigint; readonly flags: number }[]
  /** Forgets what was said so far. */
  clear(): void
}

/** A kernel over a megabyte of memory that firmware shares with it, after the boot unless `probe` is false. */
export function ghesMachine(
  setup: KernelSetup = {},
  options: { readonly sources?: readonly HestSource[]; readonly probe?: boolean } = {}
): GhesMachine {
  const memory = new Uint8Array(0x1_0000)
  const view = new DataView(memory.buffer)
  const at = (address: bigint): number => Number(address - BASE)
  const events: KernelEvent[] = []
  const signals: SignalDelivery[] = []
  const inside = (address: bigint, length: number): boolean =>
    address >= BASE && address + BigInt(length) <= BASE + BigInt(memory.length)
  const machine: GhesMachine = {
    events,
    signals,
    now: 1e9,
    read: (address, length) => (inside(address, length) ? memory.slice(at(address), at(address) + length) : undefined),
    write(address, bytes) {
      if (inside(address, bytes.length)) memory.set(bytes, at(address))
    },
    u64: (address) => view.getBigUint64(at(address), true),
    setU64: (address, value) => view.setBigUint64(at(address), value, true),
    put(sourceId, block, ack = BUSY) {
      machine.write(blockOf(sourceId), block)
      machine.setU64(ackOf(sourceId), ack)
    },
    blockStatus: (sourceId) => view.getUint32(at(blockOf(sourceId)), true),
    lines: () => events.flatMap((event) => (event.type === 'printk' ? [event.text] : [])),
    traces: (name) =>
      events.flatMap((event) =>
        event.type === 'trace' && (name === undefined || event.event === name) ? [event.text] : []
      ),
    steps: (name) => events.flatMap((event) => (event.type === 'step' && event.name === name ? [event.data] : [])),
    queued: () => machine.k.memoryFailureQueue[0] ?? [],
    clear() {
      events.length = 0
      signals.length = 0
    },
    k: kernelOf(createKernel(setup), {
      get now() {
        return machine.now
      },
      readPhysical: (address, length) => machine.read(address, length),
      writePhysical: (address, bytes) => machine.write(address, bytes),
      invalidate: () => undefined,
      signal: (delivery) => void signals.push(delivery),
      event: (event) => void events.push(event)
    })
  }
  createProcess(machine.k, {
    pid: 100,
    comm: 'victim',
    threads: [{ tid: 100, sigbus: { action: 'handler', blocked: false } }]
  })
  const sources = options.sources ?? SOURCES
  for (const one of sources) {
    if ('sourceId' in one && one.sourceId < 15) machine.setU64(pointerOf(one.sourceId), blockOf(one.sourceId))
  }
  if (options.probe !== false) {
    probeGhes(machine.k, hest(sources))
    machine.clear()
  }
  return machine
}

/** A section with nothing but type, severity and body. */
export function section(
  sectionType: string,
  payload: Uint8Array,
  change: Partial<ErrorDataEntry> = {}
): ErrorDataEntry {
  return { sectionType, severity: SEVERITY.recoverable, revision: 0x300, flags: 0, payload, ...change }
}

export function memorySection(memory: MemorySection, change: Partial<ErrorDataEntry> = {}): ErrorDataEntry {
  return section(SECTION_TYPE.platformMemory, encodeMemorySection(memory), change)
}

export function block(severity: number, entries: readonly ErrorDataEntry[], blockStatus = 1): Uint8Array {
  return encodeErrorStatusBlock({ blockStatus, severity, entries })
}

/** One memory section, block and section of one severity. */
export function memoryRecord(
  physicalAddress: bigint,
  severity: number = SEVERITY.recoverable,
  change: Partial<ErrorDataEntry> = {}
): Uint8Array {
  return block(severity, [memorySection({ physicalAddress, errorType: 3 }, { severity, ...change })])
}

import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, oneRecord } from '../../shared/formats/ghes-source.ts'
import { encodeHest } from '../../shared/formats/hest.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { doSea } from '../../shared/linux/arm64/do-sea.ts'
import { ghesIrq } from '../../shared/linux/apei/ghes-irq.ts'
import { notifyHed } from '../../shared/linux/apei/ghes-notify-hed.ts'
import { notifySdei } from '../../shared/linux/apei/ghes-notify-sdei.ts'
import { ghesPoll } from '../../shared/linux/apei/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/apei/ghes-probe.ts'
import { createKernel, kernelOf, type KernelSetup } from '../../shared/linux/kernel/create.ts'
import { KWORKER, type Kernel, type KernelEvent } from '../../shared/linux/kernel/state.ts'
import { contextOf, createProcess, runningProcess, type NewProcess } from '../../shared/linux/kernel/task.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import type { Version } from '../../shared/linux/profile.ts'
import { readMemory, sparseMemory, writeMemory, type SparseMemory } from '../../shared/sparse/memory.ts'

/** A record that firmware publishes, so many nanoseconds after the one before. */
export interface Published {
  readonly source: number
  readonly block: Uint8Array
  readonly afterNs: number
}

/** How firmware tells the kernel, by the names of `--notify`. */
export const NOTIFICATIONS = [
  'SEA',
  'polled',
  'GSIV',
  'SCI',
  'GPIO',
  'external',
  'SDEI'
] as const satisfies readonly (keyof typeof NOTIFY)[]
export type NotificationName = (typeof NOTIFICATIONS)[number]

export interface RunSetup {
  readonly version: Version
  readonly notify: NotificationName
  readonly kernel: KernelSetup
  readonly processes: readonly NewProcess[]
}

const UPTIME_NS = 1000e9
/** Each source has the cell with its block's address, its read-ack register and its block in a piece of its own. */
const BASE = 0x10_0000n
const ACK_OFFSET = 8n
const BLOCK_OFFSET = 0x40n
const BLOCK_LENGTH = 0x4000
const PIECE = 0x8000n
/** Of the interrupt or the SDEI event. */
const VECTOR = 804
const POLL_MS = 1000

/** ESR_EL1: data abort from EL0, synchronous external abort. */
const ESR_SEA = 0x9200_0010n

function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

/** Where the piece of a source lies, by its place in the HEST. */
const cellOf = (index: number): bigint => BASE + PIECE * BigInt(index)

function hestOf(sources: readonly number[], notify: NotificationName): Uint8Array {
  const notification = hestNotification(
    NOTIFY[notify],
    notify === 'polled' ? { pollInterval: POLL_MS } : { vector: VECTOR }
  )
  return encodeHest({
    revision: 1,
    oemId: 'SEABUS',
    oemTableId: 'DMESG   ',
    oemRevision: 1,
    creatorId: 'SEAB',
    creatorRevision: 1,
    sources: sources.map((sourceId, index) => ({
      type: GHES_V2_TYPE,
      sourceId,
      ...oneRecord(BLOCK_LENGTH),
      errorStatusAddress: memoryRegister(cellOf(index)),
      notification,
      readAck: { register: memoryRegister(cellOf(index) + ACK_OFFSET), preserve: 0n, write: 1n }
    }))
  })
}

/** How the kernel hears of a record, by notification. */
function notifier(k: Kernel, { notify, processes }: RunSetup): (source: number) => void {
  const [consumer] = processes
  switch (notify) {
    case 'SEA':
      return () => {
        const process = consumer === undefined ? undefined : runningProcess(k, consumer.pid)
        const vma = process?.vmas[0]
        if (process === undefined || vma === undefined) return
        doSea(k, contextOf(process, process.pid, 0), { esr: ESR_SEA, far: vma.virtual, userMode: true })
      }
    case 'polled':
      return (source) => void ghesPoll(k, source)
    case 'external':
      return () => void ghesIrq(k, VECTOR)
    case 'SDEI':
      return () => void notifySdei(k, VECTOR)
    case 'GSIV':
    case 'SCI':
    case 'GPIO':
      return () => void notifyHed(k)
  }
}

/** Runs a kernel that is told of each record in turn. Everything it said since its boot, record by record. */
export function runKernel(setup: RunSetup, records: readonly Published[]): readonly (readonly KernelEvent[])[] {
  const sources = [...new Set(records.map(({ source }) => source))]
  let firmware: SparseMemory = sparseMemory(BASE, cellOf(sources.length))
  let now = UPTIME_NS
  let events: KernelEvent[] = []
  const write = (address: bigint, bytes: Uint8Array): void => {
    firmware = writeMemory(firmware, address, bytes) ?? firmware
  }
  const options = { mappedGsis: [VECTOR], sdei: true, ...setup.kernel.options }
  const k = kernelOf(createKernel({ ...setup.kernel, version: setup.version, options }), {
    get now() {
      return now
    },
    readPhysical: (address, length) => readMemory(firmware, address, length),
    writePhysical: write,
    invalidate: () => undefined,
    signal: () => undefined,
    event: (event) => void events.push(event)
  })
  for (const index of sources.keys()) {
    write(cellOf(index), word(cellOf(index) + BLOCK_OFFSET))
    write(cellOf(index) + ACK_OFFSET, word(1n))
  }
  probeGhes(k, hestOf(sources, setup.notify))
  for (const process of setup.processes) createProcess(k, process)
  const notify = notifier(k, setup)
  return records.map(({ source, block, afterNs }) => {
    const cell = cellOf(sources.indexOf(source))
    events = []
    now += afterNs
    write(cell + ACK_OFFSET, word(0n))
    write(cell + BLOCK_OFFSET, block)
    notify(source)
    runMemoryFailureWork(k, 0, KWORKER)
    return events
  })
}

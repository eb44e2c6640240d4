import { readMemory, writeMemory } from '../shared/sparse/memory.ts'
import { ghesPoll } from '../shared/linux/apei/ghes-poll.ts'
import { notifyHed } from '../shared/linux/apei/ghes-notify-hed.ts'
import { probeGhes } from '../shared/linux/apei/ghes-probe.ts'
import { createKernel, kernelOf } from '../shared/linux/kernel/create.ts'
import {
  KWORKER,
  type FrameRange,
  type Kernel,
  type KernelEvent,
  type Options,
  type SignalDelivery,
  type Sysctl
} from '../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../shared/linux/mm/memory-failure-queue.ts'
import type { Version } from '../shared/linux/profile.ts'
import { createProcess, type NewProcess } from '../shared/linux/kernel/task.ts'
import { UPTIME_NS, type PrintMemory } from './setup.ts'
import { hideBlock, labHest, labMemory, putRecord, setReadAck, showBlock, sourceState } from './sources.ts'

/** RAM of the recorded machine: node 1, whose memory can be made to fail, and node 0. */
export const LAB_MEMORY = [
  { start: 0x1800_0000n, end: 0x2000_0000n },
  { start: 0x4000_0000n, end: 0x8000_0000n }
]

/** What a program sets before it starts, and what lies where. */
export interface LabSetup extends Partial<PrintMemory> {
  readonly sysctl?: Partial<Sysctl>
  readonly frames?: readonly FrameRange[]
}

export interface LabHost {
  readonly k: Kernel
  /** Kernel log and trace since boot. */
  readonly events: KernelEvent[]
  onSignal: (delivery: SignalDelivery) => void
  onInvalidate: (virtual: bigint, length: bigint) => void
  /** Since boot: the first lines are those of the boot itself. */
  readonly boot: readonly KernelEvent[]
  /** Firmware writes a record into a source, and leaves this in its read-ack register. */
  put(source: number, block: Uint8Array, ack?: bigint): void
  setReadAck(source: number, ack: bigint): void
  /** The cell with the address of the block reads as zero, or as what it was. */
  hideBlock(source: number): void
  showBlock(source: number): void
  /** Time goes by. */
  sleep(ns: number): void
  /** The kernel's timer looks at a polled source, and the kworker does what that queued. */
  poll(source: number): void
  /** The interrupt of the GED, whose method notifies the error device. */
  interrupt(): void
  state(source: number): { block_status: string; read_ack: string }
}

/** The recorded machine's host kernel, booted with the machine's HEST and with one process. */
export function bootLabHost(
  version: Version,
  options: Partial<Options>,
  process?: NewProcess,
  setup: LabSetup = {}
): LabHost {
  let firmware = labMemory()
  let now = UPTIME_NS
  const events: KernelEvent[] = []
  const boot: KernelEvent[] = []
  const k = kernelOf(createKernel({ version, memory: LAB_MEMORY, options, ...setup }), {
    get now() {
      return now
    },
    readPhysical: (address, length) => readMemory(firmware, address, length),
    writePhysical(address, bytes) {
      firmware = writeMemory(firmware, address, bytes) ?? firmware
    },
    invalidate: (pid, virtual, length) => {
      if (pid === process?.pid) host.onInvalidate(virtual, length)
    },
    signal: (delivery) => host.onSignal(delivery),
    event: (event) => void events.push(event)
  })
  const host: LabHost = {
    k,
    events,
    onSignal: () => undefined,
    onInvalidate: () => undefined,
    boot,
    put(source, block, ack) {
      firmware = putRecord(firmware, source, block, ack)
    },
    setReadAck(source, ack) {
      firmware = setReadAck(firmware, source, ack)
    },
    hideBlock(source) {
      firmware = hideBlock(firmware, source)
    },
    showBlock(source) {
      firmware = showBlock(firmware, source)
    },
    sleep(ns) {
      now += ns
    },
    interrupt() {
      notifyHed(k)
      runMemoryFailureWork(k, 0, KWORKER)
    },
    poll(source) {
      ghesPoll(k, source)
      runMemoryFailureWork(k, 0, KWORKER)
    },
    state: (source) => sourceState(firmware, source)
  }
  probeGhes(k, labHest())
  boot.push(...events.splice(0))
  if (process !== undefined) createProcess(k, process)
  return host
}

import { readMemory, writeMemory } from '../../shared/formats/sparse-memory.ts'
import { ghesPoll } from '../../shared/linux/ghes-poll.ts'
import { probeGhes } from '../../shared/linux/ghes-probe.ts'
import { createKernel, kernelOf } from '../../shared/linux/kernel-create.ts'
import { KWORKER, type Kernel, type KernelEvent, type Options, type SignalDelivery } from '../../shared/linux/kernel.ts'
import { runMemoryFailureWork } from '../../shared/linux/memory-failure-queue.ts'
import type { Version } from '../../shared/linux/profile.ts'
import { createProcess, type NewProcess } from '../../shared/linux/task.ts'
import { labHest, labMemory, putRecord, sourceState } from './lab-sources.ts'

/** RAM of the recorded machine: node 1, whose memory can be made to fail, and node 0. */
export const LAB_MEMORY = [
  { start: 0x1800_0000n, end: 0x2000_0000n },
  { start: 0x4000_0000n, end: 0x8000_0000n }
]

/** Seconds between boot and what a recording is about: caches and rate limits have nothing to remember. */
const UPTIME_NS = 60_000_000_000

export interface LabHost {
  readonly k: Kernel
  /** Kernel log and trace since boot. */
  readonly events: KernelEvent[]
  onSignal: (delivery: SignalDelivery) => void
  onInvalidate: (virtual: bigint, length: bigint) => void
  /** Firmware writes a record into a source. */
  put(source: number, block: Uint8Array): void
  /** The kernel's timer looks at a polled source, and the kworker does what that queued. */
  poll(source: number): void
  state(source: number): { block_status: string; read_ack: string }
}

/** The recorded machine's host kernel, booted with the machine's HEST and with one process. */
export function bootLabHost(version: Version, options: Partial<Options>, process: NewProcess): LabHost {
  let firmware = labMemory()
  const events: KernelEvent[] = []
  const k = kernelOf(createKernel({ version, memory: LAB_MEMORY, options }), {
    now: UPTIME_NS,
    readPhysical: (address, length) => readMemory(firmware, address, length),
    writePhysical(address, bytes) {
      firmware = writeMemory(firmware, address, bytes) ?? firmware
    },
    invalidate: (pid, virtual, length) => {
      if (pid === process.pid) host.onInvalidate(virtual, length)
    },
    signal: (delivery) => host.onSignal(delivery),
    event: (event) => void events.push(event)
  })
  const host: LabHost = {
    k,
    events,
    onSignal: () => undefined,
    onInvalidate: () => undefined,
    put(source, block) {
      firmware = putRecord(firmware, source, block)
    },
    poll(source) {
      ghesPoll(k, source)
      runMemoryFailureWork(k, 0, KWORKER)
    },
    state: (source) => sourceState(firmware, source)
  }
  probeGhes(k, labHest())
  events.length = 0
  createProcess(k, process)
  return host
}

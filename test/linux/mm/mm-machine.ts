import type {
  Context,
  Ghes,
  Kernel,
  KernelEvent,
  SignalDelivery,
  Thread,
  Vma
} from '../../../shared/linux/kernel/state.ts'
import { createKernel, kernelOf, type KernelSetup } from '../../../shared/linux/kernel/create.ts'
import { contextOf, createProcess, type NewProcess, runningProcess } from '../../../shared/linux/kernel/task.ts'

/** A kernel with a platform that keeps what it is told; the first 64 KiB of physical memory are `firmware`. */
export interface Machine {
  readonly k: Kernel
  readonly signals: SignalDelivery[]
  readonly events: KernelEvent[]
  readonly firmware: Uint8Array
  readonly invalidated: { readonly pid: number; readonly virtual: bigint; readonly length: bigint }[]
  readonly lines: () => string[]
  readonly traces: () => string[]
  readonly steps: () => string[]
}

export function machine(setup: KernelSetup = {}): Machine {
  const signals: SignalDelivery[] = []
  const events: KernelEvent[] = []
  const firmware = new Uint8Array(0x10000)
  const invalidated: Machine['invalidated'] = []
  const k = kernelOf(createKernel(setup), {
    now: 0,
    readPhysical: (address, length) => firmware.slice(Number(address), Number(address) + length),
    writePhysical: (address, bytes) => firmware.set(bytes, Number(address)),
    invalidate: (pid, virtual, length) => void invalidated.push({ pid, virtual, length }),
    signal: (delivery) => void signals.push(delivery),
    event: (event) => void events.push(event)
  })
  return {
    k,
    signals,
    events,
    firmware,
    invalidated,
    lines: () => events.flatMap((event) => (event.type === 'printk' ? [event.text] : [])),
    traces: () => events.flatMap((event) => (event.type === 'trace' ? [`${event.event}: ${event.text}`] : [])),
    steps: () => events.flatMap((event) => (event.type === 'step' ? [event.name] : []))
  }
}

export const PAGE = 0x1000n
/** Where the pages of the tests' processes are, unless they say otherwise. */
export const VIRTUAL = 0xffff_8020_0000n
export const PHYSICAL = 0x4a20_0000n
export const PFN = PHYSICAL >> 12n

/** 4 MiB of dirty memory of this backing. */
export function vma(backing: Vma['backing'], change: Partial<Vma> = {}): Vma {
  return {
    virtual: VIRTUAL,
    physical: PHYSICAL,
    length: 0x40_0000n,
    backing,
    dirty: true,
    mlocked: false,
    pinned: false,
    ...change
  }
}

export const HANDLER: Thread['sigbus'] = { action: 'handler', blocked: false }

/** A process with a SIGBUS handler whose leader has this policy. */
export function victim(
  k: Kernel,
  mapped: Vma | readonly Vma[],
  mceKill: Thread['mceKill'] = 'default',
  change: Partial<NewProcess> = {}
): Context {
  const pid = change.pid ?? 119
  const vmas = [mapped].flat()
  createProcess(k, { pid, comm: 'victim', vmas, threads: [{ tid: pid, mceKill, sigbus: HANDLER }], ...change })
  const process = runningProcess(k, pid)
  if (process === undefined) throw new Error('no such process')
  return contextOf(process, pid, 0)
}

/** Signals in short: tid, code, address, lsb, forced or not, and the effect. */
export const inShort = ({ tid, info, forced, effect }: SignalDelivery) => ({
  tid,
  ...info,
  forced,
  effect
})

const REGISTER = { space: 0, bitWidth: 64, bitOffset: 0, accessSize: 4 }
const POINTER = 0x1000
const READ_ACK = 0x1008
const BLOCK = 0x2000

/** A GHESv2 source of type SEA: where the block is stands at 0x1000, the ack register at 0x1008. */
export const SEA_SOURCE: Ghes = {
  sourceId: 0,
  type: 10,
  notify: 8,
  vector: 0,
  pollIntervalMs: 0,
  errorStatusAddress: { ...REGISTER, address: BigInt(POINTER) },
  errorBlockLength: 0x400,
  readAck: { register: { ...REGISTER, address: BigInt(READ_ACK) }, preserve: 0xffff_ffff_ffff_fffen, write: 1n },
  state: 'armed'
}

/** Firmware leaves a record in the block of SEA_SOURCE; without one the source is free. */
export function leaveRecord(firmware: Uint8Array, record: Uint8Array | undefined): void {
  const view = new DataView(firmware.buffer)
  view.setBigUint64(POINTER, BigInt(BLOCK), true)
  view.setBigUint64(READ_ACK, record === undefined ? 1n : 0n, true)
  if (record !== undefined) firmware.set(record, BLOCK)
}

/** Block status and ack register, as hex. */
export function seaState(firmware: Uint8Array): { readonly blockStatus: string; readonly readAck: string } {
  const view = new DataView(firmware.buffer)
  return {
    blockStatus: `0x${view.getUint32(BLOCK, true).toString(16)}`,
    readAck: `0x${view.getBigUint64(READ_ACK, true).toString(16)}`
  }
}

const MEMORY_RECORD =
  '0100000000000000000000009800000000000000' +
  '1411bca5646fde4eb8633e83ed7c83b1000000000003000050000000' +
  '00'.repeat(44) +
  '0240000000000000' +
  '00'.repeat(8) +
  '40e0a04000000000' +
  '00'.repeat(48) +
  '0300000000000000'

/** A recoverable memory error at a physical address, multi-bit ECC. */
export function memoryRecord(physical: bigint): Uint8Array {
  const record = Uint8Array.from(MEMORY_RECORD.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  new DataView(record.buffer).setBigUint64(0x6c, physical, true)
  return record
}

import type { Context, Kernel, KernelEvent, SignalDelivery, Thread, Vma } from '../../shared/linux/kernel.ts'
import { createKernel, kernelOf, type KernelSetup } from '../../shared/linux/kernel-create.ts'
import { contextOf, createProcess, type NewProcess, runningProcess } from '../../shared/linux/task.ts'

/** A kernel with a platform that keeps what it is told. Physical memory answers with zeroes unless `memory` has more. */
export interface Machine {
  readonly k: Kernel
  readonly signals: SignalDelivery[]
  readonly events: KernelEvent[]
  readonly invalidated: { readonly pid: number; readonly virtual: bigint; readonly length: bigint }[]
  lines(): string[]
  traces(): string[]
  steps(): string[]
}

export function machine(setup: KernelSetup = {}): Machine {
  const signals: SignalDelivery[] = []
  const events: KernelEvent[] = []
  const invalidated: Machine['invalidated'] = []
  const k = kernelOf(createKernel(setup), {
    now: 0,
    readPhysical: (_address, length) => new Uint8Array(length),
    writePhysical: () => undefined,
    invalidate: (pid, virtual, length) => void invalidated.push({ pid, virtual, length }),
    signal: (delivery) => void signals.push(delivery),
    event: (event) => void events.push(event)
  })
  return {
    k,
    signals,
    events,
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

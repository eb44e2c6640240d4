import type { WireEntry } from '../trace/entry.ts'
import { endOf, mapped, shared, type Extent } from './extent.ts'

/** A stretch of one address space that stands for as much of another. */
interface Mapping {
  /** The process or task whose it is. */
  readonly pid: number
  /** Of a task, or of the memory of a guest. */
  readonly vm?: string
  readonly from: bigint
  readonly to: bigint
  readonly length: bigint
}

/** Part of an address space, and whose it is. */
export interface Found extends Extent {
  readonly pid: number
  readonly vm?: string
}

/**
 * Where everything lies at some moment of a run, as far as the entries so far say: the frames of processes, the memory of
 * guests within those of their VMMs, and that of tasks within it.
 */
export class Mappings {
  /** Host virtual to host physical. */
  #processes: Mapping[] = []
  /** Guest physical to host virtual. */
  readonly #slots: Mapping[] = []
  /** Guest virtual to guest physical. */
  #tasks: Mapping[] = []
  readonly #vmms = new Map<string, number>()

  /** Takes the next entry of the journal. */
  take({ kind, type, data }: WireEntry): void {
    if (kind === 'answer' && type === 'process.create') this.#create(data as { pid: number; mappings: HostMapping[] })
    if (kind !== 'message') return
    switch (type) {
      case 'host.boot':
        this.#processes = []
        break
      case 'process.remap':
        // Fresh frames: which, nobody says before they are mapped in stage 2.
        this.#forget(data as { pid: number; hostVirtual: string; length: string })
        break
      case 'kvm.create-vm': {
        const { vm, pid } = data as { vm: string; pid: number }
        this.#vmms.set(vm, pid)
        break
      }
      case 'kvm.set-user-memory-region': {
        const { vm, guestPhysical, hostVirtual, length } = data as Slot
        const pid = this.#vmms.get(vm) ?? 0
        this.#slots.push({ pid, vm, from: BigInt(guestPhysical), to: BigInt(hostVirtual), length: BigInt(length) })
        break
      }
      case 'stage2.map':
        this.#intoStage2(data as { vm: string; guestPhysical: string; hostPhysical: string; length: string })
        break
      case 'guest.create':
      case 'guest.reset': {
        const { vm } = data as { vm: string }
        this.#tasks = this.#tasks.filter((task) => task.vm !== vm)
        break
      }
      case 'task.create': {
        const { vm, pid, mappings } = data as { vm: string; pid: number; mappings: GuestMapping[] }
        for (const { guestVirtual, guestPhysical, length } of mappings) {
          this.#tasks.push({ pid, vm, from: BigInt(guestVirtual), to: BigInt(guestPhysical), length: BigInt(length) })
        }
      }
    }
  }

  /** Which processes have part of the host's memory, in their own addresses. */
  hostVirtual(frames: Extent): readonly Found[] {
    return back(this.#processes, frames)
  }

  /** Which guests have part of a VMM's memory, in their physical addresses. */
  guestPhysical(pid: number, part: Extent): readonly Found[] {
    return back(
      this.#slots.filter((slot) => slot.pid === pid),
      part
    )
  }

  /** Which tasks have part of their guest's memory. */
  guestVirtual(vm: string, part: Extent): readonly Found[] {
    return back(
      this.#tasks.filter((task) => task.vm === vm),
      part
    )
  }

  /** The frames under part of the memory of a process. */
  framesOfProcess(pid: number, part: Extent): readonly Extent[] {
    return this.#processes.filter((process) => process.pid === pid).flatMap((process) => forth(process, part))
  }

  /** The frames under part of a guest's memory. */
  framesOfGuest(vm: string, part: Extent): readonly Extent[] {
    const inVmm = this.#slots.filter((slot) => slot.vm === vm).flatMap((slot) => forth(slot, part))
    return inVmm.flatMap((one) => this.framesOfProcess(one.pid, one))
  }

  #create({ pid, mappings }: { readonly pid: number; readonly mappings?: readonly HostMapping[] }): void {
    for (const { hostVirtual, hostPhysical, length } of mappings ?? []) {
      this.#processes.push({ pid, from: BigInt(hostVirtual), to: BigInt(hostPhysical), length: BigInt(length) })
    }
  }

  #forget({
    pid,
    hostVirtual,
    length
  }: {
    readonly pid: number
    readonly hostVirtual: string
    readonly length: string
  }) {
    const part = { start: BigInt(hostVirtual), length: BigInt(length) }
    this.#processes = this.#processes.flatMap((one) => (one.pid === pid ? without(one, part) : [one]))
  }

  /** The frames of a guest's memory, where the process has none that are known. */
  #intoStage2({ vm, guestPhysical, hostPhysical, length }: Stage2): void {
    const part = { start: BigInt(guestPhysical), length: BigInt(length) }
    for (const slot of this.#slots.filter((one) => one.vm === vm)) {
      for (const { pid, start, length: bytes } of forth(slot, part)) {
        if (this.framesOfProcess(pid, { start, length: bytes }).length > 0) continue
        this.#processes.push({ pid, from: start, to: BigInt(hostPhysical), length: bytes })
      }
    }
  }
}

interface HostMapping {
  readonly hostVirtual: string
  readonly hostPhysical: string
  readonly length: string
}
interface GuestMapping {
  readonly guestVirtual: string
  readonly guestPhysical: string
  readonly length: string
}
interface Slot {
  readonly vm: string
  readonly guestPhysical: string
  readonly hostVirtual: string
  readonly length: string
}
type Stage2 = Pick<HostMapping, 'hostPhysical' | 'length'> & Pick<Slot, 'vm' | 'guestPhysical'>

const back = (mappings: readonly Mapping[], part: Extent): readonly Found[] =>
  mappings.flatMap((one) => owned(one, mapped(part, { start: one.to, length: one.length }, one.from)))

const forth = (one: Mapping, part: Extent): readonly Found[] =>
  owned(one, mapped(part, { start: one.from, length: one.length }, one.to))

function owned({ pid, vm }: Mapping, found: Extent | undefined): readonly Found[] {
  return found === undefined ? [] : [{ ...found, pid, ...(vm === undefined ? {} : { vm }) }]
}

/** What is left of a mapping. */
function without(one: Mapping, part: Extent): readonly Mapping[] {
  const gone = shared({ start: one.from, length: one.length }, part)
  if (gone === undefined) return [one]
  const before = gone.start - one.from
  const behind = one.from + one.length - endOf(gone)
  return [
    ...(before > 0n ? [{ ...one, length: before }] : []),
    ...(behind > 0n ? [{ ...one, from: endOf(gone), to: one.to + one.length - behind, length: behind }] : [])
  ]
}

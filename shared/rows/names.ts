import type { WireEntry } from '../trace/entry.ts'
import { dataOf, textOf } from './data-of.ts'

/** Who is who, as far as the journal has told so far. */
export class Names {
  readonly #comms = new Map<string, string>()
  readonly #vmms = new Set<string>()
  /** Who was told to touch an address, by VM and address. */
  readonly #touching = new Map<string, string>()
  /** Signals that KVM sends, by what they follow from and the thread. */
  readonly #ofKvm = new Set<string>()

  learn(entry: WireEntry): void {
    const { kind, type, cause = '' } = entry
    const { vm, pid, comm, tid, origin, guestVirtual, hostVirtual } = dataOf(entry)
    if (kind === 'message' && (type === 'task.create' || type === 'process.create')) {
      if (pid !== undefined && comm !== undefined) this.#comms.set(key(vm, pid), textOf(comm))
    }
    if (kind === 'message' && (type === 'task.access' || type === 'process.access')) {
      this.#touching.set(key(vm, guestVirtual ?? hostVirtual), this.of(vm, pid))
    }
    if (kind === 'message' && type === 'kvm.create-vm' && pid !== undefined) this.#vmms.add(textOf(pid))
    if (kind === 'note' && type === 'vm.created' && pid !== undefined) this.#vmms.add(textOf(pid))
    if (kind === 'note' && type === 'host.signal' && textOf(origin).includes('kvm')) {
      this.#ofKvm.add(`${cause} ${textOf(tid)}`)
    }
  }

  /** A task of a guest, or a process of the host where there is no VM. */
  of(vm: unknown, pid: unknown): string {
    return this.#comms.get(key(vm, pid)) ?? (this.isVmm(pid) && vm === undefined ? 'the VMM' : `pid ${textOf(pid)}`)
  }

  /** Whoever was told last to touch a virtual address. */
  touching(vm: unknown, virtual: unknown): string | undefined {
    return this.#touching.get(key(vm, virtual))
  }

  isVmm(pid: unknown): boolean {
    return this.#vmms.has(textOf(pid))
  }

  /** Whether KVM sent the signal that an entry tells of. */
  isOfKvm({ cause = '', ...entry }: WireEntry): boolean {
    return this.#ofKvm.has(`${cause} ${textOf(dataOf(entry)['tid'])}`)
  }
}

const key = (vm: unknown, pid: unknown) => `${textOf(vm)} ${textOf(pid)}`

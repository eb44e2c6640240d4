import { processesOf, tasksOf, type Actor } from '../trace/actors.ts'
import type { WireEntry } from '../trace/entry.ts'
import type { PartyChange } from '../trace/parties.ts'
import { refOf, type EntryRef } from './entry-ref.ts'

export const PARTY_KINDS = ['firmware', 'host', 'vm', 'guest', 'task', 'process'] as const
export type PartyKind = (typeof PARTY_KINDS)[number]

/** Someone of a run whose end would matter to a reader. `vm` is the VMM with its VM, `guest` the kernel in it. */
export interface Party {
  /** `firmware`, `host`, `vm/vm0`, `guest/vm0`, `task/vm0/redis`, `process/victim`. */
  readonly id: string
  readonly kind: PartyKind
  /** As a sentence has it: `redis`, `the guest`, `the host`. */
  readonly name: string
  /** What it stands on, by id: it ends with that. Firmware stands on nothing. */
  readonly parent?: string
  readonly vm?: string
  readonly pid?: number
  /** What made it; absent of those that were there before the first entry. */
  readonly made?: EntryRef
}

export const FIRMWARE = 'firmware'
export const HOST = 'host'
export const vmId = (vm: string): string => `vm/${vm}`
export const guestId = (vm: string): string => `guest/${vm}`
const actorId = ({ vm, comm }: Pick<Actor, 'vm' | 'comm'>): string =>
  vm === undefined ? `process/${comm}` : `task/${vm}/${comm}`

/** Who takes part in a run, and who is meant by a pid. */
export class Cast {
  readonly #parties = new Map<string, Party>()
  /** Processes that made a VM, by pid. */
  readonly #vmms = new Map<number, string>()
  readonly #pids = new Map<string, string>()

  /** `changes` are those of the journal's parties. */
  constructor(journal: readonly WireEntry[], changes: readonly PartyChange[]) {
    this.#add({ id: FIRMWARE, kind: 'firmware', name: 'firmware' })
    this.#add({ id: HOST, kind: 'host', name: 'the host', parent: FIRMWARE })
    for (const { kind, type, data } of journal) {
      if (kind !== 'message' || type !== 'kvm.create-vm') continue
      const { vm, pid } = data as { vm: string; pid: number }
      this.#vmms.set(pid, vm)
    }
    const vms = new Set(changes.filter(({ party }) => party === 'vm').map(({ name }) => name))
    const guests = new Set(changes.filter(({ party }) => party === 'guest').map(({ name }) => name))
    const of = (vm: string) => (guests.size > 1 || vms.size > 1 ? ` of ${vm}` : '')
    for (const { party, name, at } of changes) {
      const made = refAt(journal, at)
      if (party === 'vm')
        this.#add({ id: vmId(name), kind: 'vm', name: `the VMM${of(name)}`, parent: HOST, vm: name, made })
      if (party !== 'guest') continue
      const parent = vms.has(name) ? vmId(name) : HOST
      this.#add({ id: guestId(name), kind: 'guest', name: `the guest${of(name)}`, parent, vm: name, made })
    }
    for (const actor of tasksOf(journal)) this.#addActor(actor, 'task', journal)
    for (const actor of processesOf(journal)) this.#addActor(actor, 'process', journal)
  }

  get parties(): readonly Party[] {
    return [...this.#parties.values()]
  }

  /** The party with this id; throws for one that is none. */
  party(id: string): Party {
    const party = this.#parties.get(id)
    if (party === undefined) throw new RangeError(`no party ${id}`)
    return party
  }

  has(id: string): boolean {
    return this.#parties.has(id)
  }

  /** The task of a VM, or the process of the host, that has a pid; a process that is a VMM is its VM. */
  byPid(pid: number, vm?: string): Party | undefined {
    const vmmOf = vm === undefined ? this.#vmms.get(pid) : undefined
    const id = vmmOf === undefined ? this.#pids.get(pidKey(pid, vm)) : vmId(vmmOf)
    return id === undefined ? undefined : this.#parties.get(id)
  }

  /** Who stands on a party, and on those, and so on. */
  under(id: string): readonly Party[] {
    const direct = this.parties.filter(({ parent }) => parent === id)
    return direct.flatMap((party) => [party, ...this.under(party.id)])
  }

  /** The first to be named is who it is. */
  #add(party: Party): void {
    if (!this.#parties.has(party.id)) this.#parties.set(party.id, party)
  }

  #addActor(actor: Actor, kind: 'task' | 'process', journal: readonly WireEntry[]): void {
    const { name, vm, pid, at } = actor
    const id = actorId(actor)
    const parent = vm === undefined ? HOST : this.has(guestId(vm)) ? guestId(vm) : HOST
    this.#add({ id, kind, name, parent, pid, ...(vm === undefined ? {} : { vm }), made: refAt(journal, at) })
    this.#pids.set(pidKey(pid, vm), id)
  }
}

const pidKey = (pid: number, vm: string | undefined): string => `${vm ?? ''} ${pid}`

function refAt(journal: readonly WireEntry[], at: number): EntryRef {
  const entry = journal[at]
  if (entry === undefined) throw new RangeError(`no entry ${at}`)
  return refOf(entry, at)
}

import { SPACES, type Mark, type Notice, type Space } from '../contracts/caption.ts'
import type { Lane } from '../contracts/lane.ts'
import { ghesValidated } from '../contracts/notes/kernel-steps-apei.ts'
import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { noticeOf, saidOf } from '../trace/told.ts'
import { Decisions } from './decisions.ts'
import { guestId, HOST, vmId } from './cast.ts'
import { GuestRecords } from './guest-records.ts'
import { refOf, type EntryRef } from './entry-ref.ts'
import { statesOf, type StateChange, type States } from './states.ts'

/** One step on the way of an error: who was told of it, by what, at which address. The ends of parties are steps too. */
export interface Hop extends EntryRef {
  readonly mark: Mark
  /** `SError`, `GSIV`, `BUS_MCEERR_AR`, `inject-sea`, `killed`. */
  readonly by: string
  readonly from: Lane
  readonly to: Lane
  /** Who is told, in words: `firmware`, `the host kernel`, `redis`. */
  readonly whom: string
  /** The party that is told, by id, where it is one that can end. */
  readonly party?: string
  /** Whose guest addresses these are, where a VM is named. */
  readonly vm?: string
  /** What is named to it, in its own space; nothing where it is told of an error without an address. */
  readonly addresses: readonly HopAddress[]
  /** Whoever is told ends by it. */
  readonly isFatal: boolean
  /** All entries that say the same, the first is the hop's own. */
  readonly entries: readonly EntryRef[]
}

export interface HopAddress {
  readonly space: Space
  readonly address: string
}

/** What has been read of a journal already. */
export interface KnownOfRun {
  readonly causes?: Causes
  readonly decisions?: Decisions
}

const POLL = 'poll'

type OneHop = Omit<Hop, 'entries'>

/** The way of the errors of a run, in order; what is the same several times is there once and counted by its entries. */
export function hopsOf(
  journal: readonly WireEntry[],
  states: States = statesOf(journal),
  known: KnownOfRun = {}
): readonly Hop[] {
  const reader = new HopReader(journal, states, known)
  const hops = new Map<string, OneHop & { readonly entries: EntryRef[] }>()
  for (const hop of reader.read()) {
    const { mark, by, whom, party, vm, addresses, isFatal } = hop
    // Two VMs may be told the same at the same address, each in a space of its own.
    const key = JSON.stringify([mark, by, whom, party, vm, addresses, isFatal])
    const known = hops.get(key)
    const ref = { order: hop.order, id: hop.id }
    if (known === undefined) hops.set(key, { ...hop, entries: [ref] })
    else known.entries.push(ref)
  }
  return [...hops.values()]
}

const LANE_NAME: Readonly<Record<Lane, string>> = {
  outside: 'outside',
  hardware: 'the hardware',
  firmware: 'firmware',
  'host-kernel': 'the host kernel',
  process: 'a process',
  kvm: 'KVM',
  vmm: 'the VMM',
  policy: 'the policy',
  guest: 'the guest kernel'
}

class HopReader {
  readonly #journal: readonly WireEntry[]
  readonly #states: States
  readonly #causes: Causes
  readonly #decisions: ReadonlyMap<string, Decisions['all'][number]>
  readonly #ends: ReadonlyMap<number, readonly StateChange[]>
  readonly #records: GuestRecords
  /** Ids of what led to a signal, or to its absence. */
  readonly #signalled: ReadonlySet<string>
  /** Causes of the steps by which a kernel finds a record. */
  readonly #found: ReadonlySet<string>

  constructor(journal: readonly WireEntry[], states: States, { causes, decisions }: KnownOfRun) {
    this.#journal = journal
    this.#states = states
    this.#causes = causes ?? new Causes(journal)
    this.#records = new GuestRecords(journal)
    this.#decisions = new Map((decisions ?? new Decisions(journal)).all.map((decision) => [decision.id, decision]))
    this.#ends = Map.groupBy(
      states.changes.filter(({ isAlive, with: along }) => !isAlive && along === undefined),
      ({ order }) => order
    )
    const causesOf = (holds: (entry: WireEntry) => boolean) =>
      new Set(journal.filter(holds).map(({ cause }) => cause ?? ''))
    this.#signalled = causesOf(
      ({ kind, type }) => kind === 'note' && (type === 'host.signal' || type === 'host.unsignalled')
    )
    this.#found = causesOf(isFound)
  }

  *read(): Generator<OneHop> {
    for (const [at, entry] of this.#journal.entries()) {
      const ref = refOf(entry, at)
      const told = this.#told(entry, ref)
      if (told !== undefined) yield told
      for (const end of this.#ends.get(ref.order) ?? []) {
        if (told?.isFatal !== true || told.party !== end.party) yield* this.#end(entry, end)
      }
    }
  }

  #told(entry: WireEntry, ref: EntryRef): OneHop | undefined {
    const decision = this.#decisions.get(entry.id)
    if (decision !== undefined && entry.kind === 'answer') {
      const { lane, mark } = saidOf(entry)
      const { guest } = (entry.question ?? {}) as { guest?: { guestPhysical?: string } }
      const addresses = addressesOf({ by: '', at: { guestPhysical: guest?.guestPhysical } })
      const party = decision.vm === undefined ? undefined : this.#inCast(vmId(decision.vm))
      const whom = this.#nameOf(party) ?? LANE_NAME.vmm
      const told = { ...ref, mark, by: decision.action, ...lane, whom, addresses, isFatal: false }
      return party === undefined ? told : { ...told, party }
    }
    const polled = this.#polled(entry)
    const notice = polled ?? noticeOf(entry)
    if (notice === undefined || this.#isOrdinary(entry)) return undefined
    const { lane, mark } = saidOf(entry)
    const party = this.#partyTold(entry, notice)
    const isForGuest = entry.to === 'guest' && notice.pid === undefined
    const ends = this.#ends.get(ref.order) ?? []
    const isFatal = isFatalSignal(entry) || ends.some((end) => end.party === party)
    return {
      ...ref,
      mark: polled === undefined ? mark : isForGuest ? 'guest-notification' : 'notification',
      by: notice.by,
      ...lane,
      whom: this.#nameOf(party, notice) ?? LANE_NAME[lane.to],
      ...(party === undefined ? {} : { party }),
      ...vmIn(entry),
      addresses: addressesOf(this.#withRecord(entry, notice, isForGuest)),
      isFatal
    }
  }

  /** A timer of a kernel that finds a record: nobody else tells it. */
  #polled(entry: WireEntry): Notice | undefined {
    const isPoll = entry.kind === 'message' && entry.from === 'timer' && this.#found.has(entry.id)
    return isPoll ? { by: POLL } : undefined
  }

  /** What would happen without an error too, or is told by another entry as well. */
  #isOrdinary({ id, type, data }: WireEntry): boolean {
    const { exception, effect, pid } = (data ?? {}) as { exception?: string; effect?: string; pid?: number }
    if (exception === 'stage-2-fault') return !this.#signalled.has(id)
    // A VMM that is reached hears of it by signal.deliver.
    const isReached = effect === 'handler' || effect === 'killed'
    return type === 'host.signal' && isReached && this.#states.cast.byPid(pid ?? -1)?.kind === 'vm'
  }

  #partyTold({ type, to, data }: WireEntry, { pid }: Notice): string | undefined {
    const { cast } = this.#states
    const { vm } = (data ?? {}) as { vm?: string }
    if (pid !== undefined) return cast.byPid(pid, vm)?.id
    const id =
      to === 'vmm' && vm !== undefined ? vmId(vm) : to === 'guest' ? guestId(vm ?? '') : to === 'firmware' ? to : HOST
    return type === 'error.inject' ? undefined : this.#inCast(id)
  }

  #inCast(id: string): string | undefined {
    return this.#states.cast.has(id) ? id : undefined
  }

  /** A task or a process by its name; of a VM or a guest whose it is, where there are several. */
  #nameOf(party: string | undefined, { pid }: Pick<Notice, 'pid'> = {}): string | undefined {
    if (party === undefined) return undefined
    const { name, kind, vm } = this.#states.cast.party(party)
    if (pid !== undefined) return name
    const isOneOfSeveral = vm !== undefined && name.endsWith(` of ${vm}`)
    if (!isOneOfSeveral) return undefined
    return kind === 'guest' ? `${LANE_NAME.guest} of ${vm}` : name
  }

  /** What names no address, or only a virtual one, comes with a record that does. */
  #withRecord(entry: WireEntry, notice: Notice, isForGuest: boolean): Notice {
    const { mark } = saidOf(entry)
    const guestPhysical = isForGuest ? this.#records.addressFor(entry, this.#causes) : undefined
    if (guestPhysical !== undefined) return { ...notice, at: { ...notice.at, guestPhysical } }
    if (isForGuest || notice.at !== undefined || (mark !== 'notification' && notice.by !== POLL)) return notice
    for (const before of this.#causes.ancestors(entry)) {
      const told = noticeOf(before)
      if (told !== undefined) return { ...notice, at: { hostPhysical: told.at?.hostPhysical } }
    }
    return notice
  }

  /** Ends that no notice has told. Of a guest's own end its VMM says no more than the guest. */
  *#end(entry: WireEntry, { party, state, order, id }: StateChange): Generator<OneHop> {
    if (state === 'guest-panicked' || state === 'off' || state === 'reset') return
    const { lane } = saidOf(entry)
    const { name, kind } = this.#states.cast.party(party)
    const whom = state === 'panicked' && kind !== 'firmware' ? `${name} kernel` : name
    yield { order, id, mark: 'end', by: state, ...lane, whom, party, addresses: [], isFatal: true }
  }
}

/** The VM that an entry is about: by its name, or as what was interrupted. */
function vmIn({ data }: WireEntry): { readonly vm?: string } {
  const { vm, interrupted } = (data ?? {}) as { vm?: string; interrupted?: { vm?: string } | null }
  const name = vm ?? interrupted?.vm
  return name === undefined ? {} : { vm: name }
}

const isFound = ({ kind, data }: WireEntry): boolean =>
  kind === 'note' && (data as { name?: string } | null)?.name === ghesValidated.name

function isFatalSignal({ type, data }: WireEntry): boolean {
  const { effect, killed } = (data ?? {}) as { effect?: string; killed?: boolean }
  return type === 'signal.deliver' ? killed === true : effect === 'killed'
}

function addressesOf({ at = {} }: Notice): readonly HopAddress[] {
  return SPACES.flatMap((space) => {
    const address = at[space]
    return address === undefined ? [] : [{ space, address }]
  })
}

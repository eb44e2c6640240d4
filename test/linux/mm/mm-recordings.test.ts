import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { doSea } from '../../../shared/linux/arm64/do-sea.ts'
import type { Backing, Kernel, KernelEvent, SignalDelivery, Thread } from '../../../shared/linux/kernel/state.ts'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { MADV_HWPOISON, madviseInjectError } from '../../../shared/linux/mm/madvise-hwpoison.ts'
import { memoryFailure } from '../../../shared/linux/mm/memory-failure.ts'
import { anonHugeKb, pagemap } from '../../../shared/linux/mm/page-table.ts'
import { runningProcess } from '../../../shared/linux/kernel/task.ts'
import { userAccess } from '../../../shared/linux/arm64/user-access.ts'
import { leaveRecord, machine, SEA_SOURCE, seaState, victim, vma } from './mm-machine.ts'

const FIXTURES = new URL('../../fixtures/real-kernel/', import.meta.url)
const VERSIONS = ['6.1', '6.12'] as const

interface Seen {
  readonly ev: string
  readonly tid?: number
  readonly si_signo?: number
  readonly si_code?: number
  readonly si_addr?: string
  readonly si_addr_lsb?: number
  readonly pa?: string
  readonly anon_huge_kb?: number
  readonly value?: number
  readonly ret?: number
}
interface Victim {
  readonly va: string
  readonly pa: string
  readonly pid: number
  readonly sea_va?: string
}
interface Recording {
  readonly input: {
    readonly kind?: string
    readonly policy?: Thread['mceKill']
    readonly access?: string
    readonly cper?: string | null
    readonly abort_pa?: string
    readonly victim?: Victim
    readonly vmm?: string
    readonly setup?: { readonly ready: Victim }
  }
  readonly observed: Readonly<Record<string, unknown>>
}

const names = (version: string, pattern: RegExp) =>
  readdirSync(new URL(`${version}/`, FIXTURES))
    .filter((name) => pattern.test(name))
    .map((name) => name.replace('.json', ''))
const recording = (version: string, name: string) =>
  JSON.parse(readFileSync(new URL(`${version}/${name}.json`, FIXTURES), 'utf8')) as Recording

const BACKING: Readonly<Record<string, Backing>> = {
  anon: 'anonymous',
  thp: 'thp',
  hugetlb: 'hugetlb-2m',
  shm: 'shmem'
}
const HUGE = 0x20_0000n
/** The victim of a recording on a kernel of that version; memory below 64 KiB holds the SEA source and the record. */
function start(version: '6.1' | '6.12', kind: string, policy: Thread['mceKill'], at: Victim, cper?: string | null) {
  const memory = [{ start: 0x1000_0000n, end: 0x8000_0000n }]
  const m = machine({ version, memory, hest: 'enabled', ghes: [SEA_SOURCE] })
  leaveRecord(m.firmware, typeof cper === 'string' ? Buffer.from(cper, 'hex') : undefined)
  const huge = kind === 'thp' || kind === 'hugetlb'
  const offset = huge ? 0x5000n : 0x1000n
  const mapped = [
    vma(BACKING[kind] ?? 'anonymous', {
      virtual: BigInt(at.va) - offset,
      physical: BigInt(at.pa) - offset,
      length: huge ? HUGE : 0x10000n
    })
  ]
  if (at.sea_va !== undefined) {
    mapped.push(vma('pfnmap', { virtual: BigInt(at.sea_va), physical: 0x0b00_0000n, length: 0x1000n }))
  }
  const ctx = victim(m.k, mapped, policy, { pid: at.pid })
  return { ...m, ctx }
}

const sigbuses = (seen: unknown) =>
  (seen as Seen[])
    .filter(({ ev }) => ev === 'sigbus')
    .map(({ tid, si_signo, si_code, si_addr, si_addr_lsb }) => [tid, si_signo, si_code, si_addr, si_addr_lsb])
const asRecorded = (signals: readonly SignalDelivery[]) =>
  signals.map(({ tid, info }) => [
    tid,
    info.signo,
    info.code,
    `0x${(info.address ?? 0n).toString(16)}`,
    info.addressLsb ?? -1
  ])
const mfLines = (lines: unknown) =>
  (lines as string[])
    .map((line) => line.replace(/^\[ *[\d.]+\] /, ''))
    .filter((line) => /Memory failure|Injecting/.test(line))
const mfTrace = (lines: unknown) =>
  (lines as string[]).flatMap((line) => /(memory_failure_event: .*)/.exec(line)?.[1] ?? [])
const printed = (events: readonly KernelEvent[]) =>
  events.flatMap((event) =>
    event.type === 'printk' && /Memory failure|Injecting/.test(event.text) ? [event.text] : []
  )
const traced = (events: readonly KernelEvent[]) =>
  events.flatMap((event) =>
    event.type === 'trace' && event.event === 'memory_failure_event' ? [`${event.event}: ${event.text}`] : []
  )

function where(k: Kernel, pid: number, virtual: bigint) {
  const process = runningProcess(k, pid)
  if (process === undefined) return undefined
  return [`0x${pagemap(k, process, virtual).toString(16)}`, anonHugeKb(k, process, virtual)]
}
const recordedWhere = (seen: unknown) =>
  (seen as Seen[]).filter(({ ev }) => ev === 'where').map((x) => [x.pa, x.anon_huge_kb])

for (const version of VERSIONS) {
  for (const name of names(version, /^polled-(anon|thp|shm|hugetlb)-(default|early|late)\.json$/)) {
    void t.test(`${version}/${name}: the same signals, lines, trace and page tables as the real kernel`, async (t) => {
      const { input, observed } = recording(version, name)
      const at = input.victim ?? (t.fail() as never)
      const { k, ctx, signals, events } = start(version, input.kind ?? '', input.policy ?? 'default', at)
      const virtual = BigInt(at.va)

      memoryFailure(k, BigInt(at.pa) >> 12n, 0, KWORKER)

      t.strictSame(asRecorded(signals), sigbuses(observed.events_before_touch))
      t.strictSame(printed(events), mfLines(observed.dmesg))
      t.strictSame(traced(events), mfTrace(observed.trace))
      t.strictSame([where(k, at.pid, virtual)], recordedWhere(observed.where_after))
      signals.length = 0
      userAccess(k, ctx, { virtual: virtual + 0x18n, kind: 'load' })
      t.strictSame(asRecorded(signals), sigbuses(observed.events_on_touch))
    })
  }

  void t.test(`${version}/poison-twice: the same lines as the real kernel`, async (t) => {
    const { input, observed } = recording(version, 'poison-twice')
    const physical = Buffer.from(input.cper?.[0] ?? '', 'hex').readBigUInt64LE(20 + 72 + 16)
    const { pid = 0, va } = {
      pid: (observed.touch as Seen[])[0]?.tid,
      va: (observed.touch as Seen[])[0]?.si_addr ?? '0'
    }
    const virtual = BigInt(va) - 0x18n
    const at = { va: `0x${virtual.toString(16)}`, pa: `0x${physical.toString(16)}`, pid }
    const { k, ctx, signals, events } = start(version, 'anon', 'late', at)

    memoryFailure(k, physical >> 12n, 0, KWORKER)
    t.strictSame(printed(events), mfLines(observed.first))
    events.length = 0
    memoryFailure(k, (physical + 8n) >> 12n, 0, KWORKER)
    t.strictSame(printed(events), mfLines(observed.second))

    userAccess(k, ctx, { virtual: virtual + 0x18n, kind: 'load' })
    t.strictSame(asRecorded(signals), sigbuses(observed.touch))
  })

  for (const name of names(version, /^kvm-poison-.*\.json$/)) {
    void t.test(`${version}/${name}: madvise signals and says what the real kernel does`, async (t) => {
      const { input, observed } = recording(version, name)
      const [, kind = '', policy] = (input.vmm ?? '').split(' ')
      const at = input.setup?.ready ?? (t.fail() as never)
      const { k, ctx, signals, events } = start(version, kind, policy as Thread['mceKill'], at)

      const ret = madviseInjectError(k, { ...ctx, comm: 'vmm' }, MADV_HWPOISON, BigInt(at.va), 0x1000n)

      const seen = observed.events as Seen[]
      const madvise = seen.findIndex(({ ev }) => ev === 'madvise')
      t.equal(ret, seen[madvise]?.ret)
      t.strictSame(asRecorded(signals), sigbuses(seen.slice(0, madvise)))
      t.strictSame(
        printed(events).map((line) => line.replace('victim', 'vmm')),
        mfLines(observed.dmesg)
      )
    })
  }

  for (const name of names(version, /^badram-sea-(?!race|record-in).*\.json$|^sea-(no-|rec|ven|arm|bad).*\.json$/)) {
    void t.test(`${version}/${name}: the run of the real kernel is one of the legal orders`, async (t) => {
      const recorded = recording(version, name)
      const runs = (['kworker', 'task'] as const).map((winner) => seaRun(version, recorded, winner))
      const { observed } = recorded

      const expected = {
        signals: sigbuses(observed.events ?? observed.events_on_load),
        later: sigbuses(observed.touch_after_memory_answers_again ?? observed.events_on_touch),
        lines: mfLines(observed.dmesg),
        trace: mfTrace(observed.trace),
        blockStatus: observed.block_status,
        readAck: observed.read_ack
      }

      const match = runs.find((run) => JSON.stringify(run) === JSON.stringify(expected))
      t.strictSame(match ?? runs[0], expected)
    })
  }

  void t.test(
    `${version}/badram-kernel-read-no-record: the oops line of the real kernel, and the task dies`,
    async (t) => {
      const { input, observed } = recording(version, 'badram-kernel-read-no-record')
      const line = (observed.console as string[])[0]?.replace(/^.*?\[ *[\d.]+\] /, '')
      const esr = BigInt(`0x${/abort: (\w+)/.exec(line ?? '')?.[1]}`)
      const { va = '0', pa = '0' } = input.victim ?? {}
      const { k, ctx, events } = start(version, 'anon', 'default', { va, pa, pid: 116 })

      doSea(k, ctx, { esr, far: BigInt(va) + 0x18n, userMode: false })

      const said = events.flatMap((event) => (event.type === 'printk' ? [event.text] : []))
      t.equal(said[0], line)
      t.strictSame([runningProcess(k, 116), k.panic], [undefined, undefined])
    }
  )
}

/**
 * What the program of a SEA recording does: one access (`retry` returns from its handler four times), again and again
 * until something ends it, then a touch once the memory answers.
 */
function seaRun(version: '6.1' | '6.12', { input }: Recording, syncWinner: 'kworker' | 'task') {
  const { kind = 'anon', policy = 'default', victim: at } = input
  if (at === undefined) throw new Error('a recording of a SEA has a victim')
  const run = start(version, kind, policy, at, input.cper)
  const { k, signals, events } = run
  k.options = { ...k.options, syncWinner }
  const { ctx } = run
  const target = (at.sea_va === undefined || input.access !== undefined ? BigInt(at.va) : BigInt(at.sea_va)) + 0x18n
  const wanted = input.access === 'retry' ? 4 : 1

  for (let tries = 0; signals.length < wanted && tries < 8; tries++) {
    const access = userAccess(k, ctx, { virtual: target, kind: input.access === 'store' ? 'store' : 'load' })
    if (access.outcome === 'ok') doSea(k, ctx, { esr: 0x92000010n, far: target, userMode: true })
  }
  const first = asRecorded(signals)
  signals.length = 0
  userAccess(k, ctx, { virtual: BigInt(at.va) + 0x18n, kind: 'load' })
  return {
    signals: first,
    later: asRecorded(signals),
    lines: printed(events),
    trace: traced(events),
    ...seaState(run.firmware)
  }
}

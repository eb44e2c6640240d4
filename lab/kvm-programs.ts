import type { KernelEvent, Options } from '../shared/linux/kernel/state.ts'
import type { Version } from '../shared/linux/profile.ts'
import { knob } from '../shared/linux/profile.ts'
import { backingOf, parseVmmArguments, type VmmArguments } from './kvm-arguments.ts'
import { createKvmMachine } from './kvm-machine.ts'
import { bootLabHost } from './host.ts'
import { addressIn, fieldOf } from './json-fields.ts'
import { pageOfRecord } from './page-of-record.ts'
import type { PrintMemory } from './setup.ts'
import { SOURCE } from './sources.ts'
import {
  CODE,
  CODE_LENGTH,
  createMonitor,
  MonitorKilled,
  SIGNAL_ORDERS,
  type Ev,
  type SignalOrder
} from './vmm-monitor.ts'
import { runMonitor, type RunFacts } from './vmm-program.ts'

type Line = Readonly<Record<string, string | number>>
/** As a file has it: a field that is null says no more than one that is not there. */
type LineOfFile = Readonly<Record<string, string | number | null>>

/** What a recording says of a run of the KVM monitor, as far as a prediction may use it. */
export interface KvmRecording {
  readonly qemu?: string
  readonly input: {
    readonly vmm: string
    readonly cper?: string | null
    readonly source?: number
    readonly abort_pa?: string
    readonly ready?: LineOfFile
    readonly setup?: { readonly ready?: LineOfFile; readonly thread?: LineOfFile; readonly pc?: string }
  }
}

/** The order of what Linux leaves to chance, and what the emulator does with an external abort of the guest. */
export interface KvmOrder {
  readonly syncWinner: Options['syncWinner']
  readonly signals: SignalOrder
  /** HCR_EL2.TEA works: it goes to KVM. */
  readonly routesAborts: boolean
}

export interface KvmObserved {
  readonly block_status?: string
  readonly read_ack?: string
  readonly events: readonly Ev[]
  readonly rc?: number
  readonly text?: readonly string[]
}

export interface KvmPrediction {
  readonly order: KvmOrder
  readonly observed: KvmObserved
  /** What the host kernel logged and traced meanwhile. */
  readonly log: readonly KernelEvent[]
}

/** What is predicted but not to be held against the model, or not predicted at all. */
export const KVM_NOT_COMPARED: readonly { readonly field: string; readonly because: string }[] = [
  {
    field: 'events.sigbus.pc',
    because: "address in the monitor's binary, or in its libc: where it was when the signal came"
  },
  { field: 'events.ready', because: 'given: addresses and ids the run could not choose' },
  { field: 'events.thread.tid', because: 'given: the kernel chose the id' },
  { field: 'consumed_ms', because: 'time on the recorded machine' },
  { field: 'dmesg', because: 'timestamps, and lines that are rate limited over several recordings' },
  { field: 'read_ack', because: 'without a record in this run, what an earlier run left' }
]

/** Recordings of the KVM monitor have its command line. */
export function isKvmRecording(recording: { readonly input: object }): recording is KvmRecording {
  return 'vmm' in recording.input && typeof recording.input.vmm === 'string'
}

/**
 * QEMU 7.2 does not implement HCR_EL2.TEA; the machine whose memory can be made to fail has it added. Which one it was
 * is open when the recording does not say and the run needs no such memory.
 */
function emulators(qemu: string | undefined, args: VmmArguments): readonly boolean[] {
  if (qemu !== undefined) return [qemu.includes('qemu-lab.patch')]
  return args.mode === 'guest-sea' ? [true, false] : [true]
}

/** The orders that this version of Linux allows for a run; the first is the usual one. */
export function legalOrders({ qemu, input }: KvmRecording, version: Version): readonly KvmOrder[] {
  const args = parseVmmArguments(input.vmm)
  return emulators(qemu, args).flatMap((routesAborts) => ordersOn(routesAborts, args, input, version))
}

function ordersOn(
  routesAborts: boolean,
  args: VmmArguments,
  input: KvmRecording['input'],
  version: Version
): readonly KvmOrder[] {
  const usual: KvmOrder = { syncWinner: 'kworker', signals: 'AO then AR', routesAborts }
  const synchronous = args.mode === 'guest-sea' || (args.mode === 'poison' && args.how === 'sea')
  if (synchronous && typeof input.cper === 'string' && knob(version, 'syncMfContext') === 'race') {
    return [usual, { ...usual, syncWinner: 'task' }]
  }
  const spins = args.mode === 'poison' && args.action.startsWith('spin')
  if (spins && args.how === 'cper' && (args.policy !== 'default' || args.action === 'spin-thread')) {
    return SIGNAL_ORDERS.map((signals) => ({ ...usual, signals }))
  }
  return [usual]
}

/** Every legal outcome of a run, the usual one first; orders that come to the same are one. */
export function predictKvm(recording: KvmRecording, version: Version): readonly KvmPrediction[] {
  const predictions: KvmPrediction[] = []
  for (const order of legalOrders(recording, version)) {
    const prediction = predictKvmInOrder(recording, version, order)
    const text = JSON.stringify(prediction.observed)
    if (!predictions.some(({ observed }) => JSON.stringify(observed) === text)) predictions.push(prediction)
  }
  return predictions
}

/** One run of the monitor on a kernel of this version. */
export function predictKvmInOrder(
  recording: KvmRecording,
  version: Version,
  order: KvmOrder,
  prints: Partial<PrintMemory> = {}
): KvmPrediction {
  const { input } = recording
  const args = parseVmmArguments(input.vmm)
  const { facts, vmas, isDevice } = factsOf(recording, args)
  const failing = new Set<bigint>()
  const { pid, test } = facts
  const threads = [{ tid: pid, sigbus: { action: 'handler', blocked: false } as const }]
  const host = bootLabHost(version, { syncWinner: order.syncWinner }, { pid, comm: 'vmm', vmas, threads }, prints)
  const patternStart = test.physical - test.offset
  const machine = createKvmMachine({
    host,
    pid,
    codeBase: CODE,
    routesAborts: order.routesAborts,
    fails: (physical) => isDevice(physical) || failing.has(physical >> 12n),
    contents: (physical) => (physical >= patternStart && physical < patternStart + test.length ? PATTERN : 0n)
  })
  const monitor = createMonitor(host, machine, pid, order.signals)
  let rc = 0
  try {
    runMonitor({ host, machine, monitor, facts, failing }, args)
  } catch (stop) {
    if (!(stop instanceof MonitorKilled)) throw stop
    rc = KILLED_BY_SIGBUS
  }
  const source = input.source ?? SOURCE.SEA
  const sources = 'cper' in input ? host.state(source) : {}
  const shell = isRunInBackground(input) ? {} : { rc, text: [] }
  return { order, observed: { ...sources, events: monitor.events, ...shell }, log: host.events }
}

/** memset() of the test memory. */
const PATTERN = 0x5a5a_5a5a_5a5a_5a5an
const KILLED_BY_SIGBUS = 128 + 7

/** Runs that wait for a go are put in the background, so their exit status and text are not known. */
function isRunInBackground(input: KvmRecording['input']): boolean {
  return input.vmm.startsWith('vmm ') || (input.source === undefined && typeof input.cper === 'string')
}

const CODE_VIRTUAL = 0xaaaa_0000_0000n
const CODE_PHYSICAL = [0x5000_0000n, 0x6000_0000n] as const
const PAGE = 0x1000n
const HUGE = 0x20_0000n

/** The process as the recording's set-up describes it, with addresses of our own where nothing shows them. */
function factsOf({ input }: KvmRecording, args: VmmArguments) {
  const ready = withoutStamp(input.setup?.ready ?? input.ready ?? {})
  const number = (name: string, otherwise: bigint) => addressIn(fieldOf(ready, 'ready', name), otherwise)
  const pid = Number(number('pid', 100n))
  const idle = input.setup?.thread?.['tid']
  const { backing, length } = backingOf(args.mode === 'poison' ? args.kind : 'anon')
  const virtual = number('va', 0xffff_8000_1000n)
  const recorded = typeof input.cper === 'string' ? pageOfRecord(bytesOf(input.cper)) : undefined
  const physical = number('pa', recorded ?? 0x4800_1000n)
  const offset = args.mode === 'guest-sea' ? 0n : length >= HUGE ? 5n * PAGE : PAGE
  const start = virtual - offset
  const device = { virtual: number('dev_va', 0xbbbb_0000_0000n), length: PAGE }
  const devicePhysical = BigInt(input.abort_pa ?? 0)
  const codePhysical = CODE_PHYSICAL.find((at) => physical < at - HUGE || physical >= at + HUGE) ?? CODE_PHYSICAL[0]
  const vma = { dirty: true, mlocked: false, pinned: false }
  // Frames of small pages lie anywhere: only the page in question is known.
  const mapped =
    length >= HUGE ? { virtual: start, physical: physical - offset, length } : { virtual, physical, length: PAGE }
  const facts: RunFacts = {
    pid,
    idleTid: idle === undefined || idle === null ? undefined : Number(idle),
    ready,
    codeVirtual: CODE_VIRTUAL,
    test: { virtual: start, length, offset, physical },
    device,
    record:
      typeof input.cper === 'string' ? { source: input.source ?? SOURCE.SEA, block: bytesOf(input.cper) } : undefined
  }
  const code = {
    ...vma,
    virtual: CODE_VIRTUAL,
    physical: codePhysical,
    length: CODE_LENGTH,
    backing: 'anonymous'
  } as const
  const vmas = [code, { ...vma, ...mapped, backing }]
  if (args.mode === 'guest-sea') {
    vmas.push({ ...vma, ...device, physical: devicePhysical, backing: 'pfnmap' as const })
  }
  const isDevice = (at: bigint) =>
    args.mode === 'guest-sea' && at >= devicePhysical && at < devicePhysical + device.length
  return { facts, vmas, isDevice }
}

/** The program's own fields of a line: neither its name nor the time it came. */
function withoutStamp(line: LineOfFile): Line {
  return Object.fromEntries(
    Object.entries(line).flatMap(([name, value]) =>
      name === 'ev' || name === 'at' || value === null ? [] : [[name, value] as const]
    )
  )
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

import type { FrameKind, KernelEvent, Options } from '../shared/linux/kernel/state.ts'
import { nextPollDelayNs } from '../shared/linux/apei/ghes-poll.ts'
import type { Version } from '../shared/linux/profile.ts'
import { choose, type Choice } from './choice.ts'
import { dmesgOf, traceOf } from './kernel-lines.ts'
import { bootLabHost, LAB_MEMORY, type LabHost, type LabSetup } from './host.ts'
import { SOURCE } from './sources.ts'
import type { JsonObject } from './recording.ts'
import type { PrintMemory, RunSetup } from './setup.ts'
import { createVictim, victimProcess, type VictimFacts, type VictimProgram } from './victim.ts'

/** What Linux leaves to chance in a native run. */
export interface Chance {
  readonly version: Version
  /** What the input says of the boot, and what is taken of it that the input does not say. */
  readonly setup: RunSetup
  readonly prints: PrintMemory
  readonly syncWinner?: Options['syncWinner']
}

/** Whose a frame is that no process of the run maps: the input does not say. The first is what the programs expect. */
const FRAMES: readonly { readonly kind: FrameKind; readonly choice: Choice; readonly setup: LabSetup }[] = [
  { kind: 'free', choice: choose('frame', 'the frame is free'), setup: {} },
  {
    kind: 'kernel-text',
    choice: choose('frame', "the frame is the kernel's"),
    setup: { frames: LAB_MEMORY.map((range) => ({ ...range, kind: 'kernel-text' })) }
  }
]

export const framesFor = ({ setup }: Chance) =>
  FRAMES.filter(({ kind }) => setup.frame === undefined || kind === setup.frame)

/** The recorded machine with what its driver can do. */
export interface NativeMachine {
  readonly host: LabHost
  /** Pages whose every access is answered with an external abort. */
  readonly failing: Set<bigint>
  /** Kernel log, or trace, since they were last read. */
  dmesg(): string[]
  trace(): string[]
  readonly log: () => readonly KernelEvent[]
  run(facts: VictimFacts): VictimProgram
  /**
   * The kernel is told of a record in this source, by whatever tells it. Milliseconds until then; null when nothing
   * does.
   */
  notify(source: number): number | null
  meminfo(): string
}

const POLLED: readonly number[] = [SOURCE.POLLED, SOURCE.POLLED_V1]

/** Boots the machine, with a process if there is one to be. */
export function bootNative(chance: Chance, setup: LabSetup = {}, facts?: VictimFacts): NativeMachine {
  const options = chance.syncWinner === undefined ? {} : { syncWinner: chance.syncWinner }
  const host = bootLabHost(chance.version, options, facts && victimProcess(facts), { ...chance.prints, ...setup })
  const failing = new Set<bigint>()
  let logged = 0
  let traced = 0
  return {
    host,
    failing,
    log: () => host.events,
    dmesg() {
      const lines = dmesgOf(host.events.slice(logged))
      logged = host.events.length
      return lines
    },
    trace() {
      const lines = traceOf(host.events.slice(traced))
      traced = host.events.length
      return lines
    },
    run: (victim) => createVictim(host, victim, failing),
    notify(source) {
      if (source === SOURCE.GSIV) {
        host.interrupt()
        return 0
      }
      if (!POLLED.includes(source)) return null
      const armed = host.k.ghes.find(({ sourceId }) => sourceId === source)
      const delay = armed === undefined ? undefined : nextPollDelayNs(host.k, armed, 0)
      if (delay === undefined) return null
      host.sleep(delay)
      host.poll(source)
      return Math.round(delay / 1e6)
    },
    meminfo: () => `HardwareCorrupted: ${String(host.k.hardwareCorruptedPages * 4).padStart(5)} kB`
  }
}

/** What the driver reads of a source: the registers. */
export const registers = ({ host }: NativeMachine, source: number): JsonObject => ({ ...host.state(source) })

import { hex } from '../shared/formats/hex.ts'
import type { Sysctl } from '../shared/linux/kernel/state.ts'
import { choose, type Choice } from './choice.ts'
import { distinct, type Prediction } from './prediction.ts'
import { SOURCE } from './sources.ts'
import type { NativeInput } from './native-input.ts'
import { bootNative, framesFor, registers, type Chance, type NativeMachine } from './native-machine.ts'
import type { LabSetup } from './host.ts'
import { printCases } from './print-memory.ts'
import { DRIVERS } from './setup.ts'
import type { VictimFacts } from './victim.ts'

type Of<Program extends NativeInput['program']> = Extract<NativeInput, { program: Program }>

/**
 * A record against one process: where its page is, and a touch afterwards.
 *
 * Spec: the recordings' own scenarios.mjs, memCase.
 * Fidelity: exact for the order of what is done.
 */
function memoryCase(
  chance: Chance,
  { source, record, victim: facts }: Pick<Of<'memory record'>, 'source' | 'record' | 'victim'>,
  sysctl: Partial<Sysctl> = {}
): Omit<Prediction, 'choices'> {
  const machine = bootNative(chance, { sysctl }, facts)
  const victim = machine.run(facts)
  machine.host.put(source, record)
  const consumed_ms = machine.notify(source)
  const state = registers(machine, source)
  const events_before_touch = victim.take()
  const dmesg = machine.dmesg()
  const trace = machine.trace()
  const where_after = victim.command('where')
  const events_on_touch = victim.command('touch')
  const dmesg_touch = machine.dmesg()
  const meminfo = machine.meminfo()
  const seen = { events_before_touch, where_after, events_on_touch, dmesg, dmesg_touch, trace, meminfo }
  return { observed: { consumed_ms, ...state, ...seen }, log: machine.log() }
}

export const predictMemoryRecord = (chance: Chance, input: Of<'memory record'>): readonly Prediction[] => [
  { choices: [], ...memoryCase(chance, input) }
]

/** The same with the sysctl set, once with no policy of its own and once with "late", by another process. */
export function predictEarlyKillSysctl(chance: Chance, input: Of<'early-kill sysctl'>): readonly Prediction[] {
  const sysctl = { memory_failure_early_kill: input.earlyKill }
  const first = memoryCase(chance, input, sysctl)
  const late: VictimFacts = { ...input.victim, policy: 'late' }
  return printCases(chance.setup).map(({ choices: [second], memory }) => {
    const later = memoryCase({ ...chance, prints: memory }, { ...input, victim: late }, sysctl)
    return {
      choices: second === undefined ? [] : [choose('print limit of the second run', second.taken)],
      observed: { default_policy: first.observed, late_policy: later.observed },
      log: [...first.log, ...later.log]
    }
  })
}

/** What the program may have left in the read-ack register of a polled source: the input does not say. */
const PRIOR_ACKS = [0n, 1n, 0xa5a5_a5a5_a5a5_a5a4n]
const POLLED: readonly number[] = [SOURCE.POLLED, SOURCE.POLLED_V1]

function rawCase(machine: NativeMachine, { source, record }: Of<'raw block'>, ack = 0n) {
  machine.host.put(source, record, ack)
  const consumed_ms = source === SOURCE.GSIV ? null : machine.notify(source)
  const state = registers(machine, source)
  return { consumed_ms, ...state, dmesg: machine.dmesg(), trace: machine.trace() }
}

/**
 * A block that no process has to do with. Several programs have this input: the block once, with one of three values in
 * the read-ack register; the block three times; the block in a source whose block address reads 0 at first.
 *
 * Spec: the recordings' own scenarios.mjs, rawCase, polled-repeat-same-record, block-pointer-zero.
 * Fidelity: exact for the order of what is done.
 */
export function predictRawBlock(chance: Chance, input: Of<'raw block'>): readonly Prediction[] {
  const predictions: Prediction[] = []
  const add = (
    choices: readonly Choice[],
    setup: LabSetup,
    run: (machine: NativeMachine) => Prediction['observed']
  ) => {
    const machine = bootNative(chance, setup)
    predictions.push({ choices, observed: run(machine), log: machine.log() })
  }
  const polled = POLLED.includes(input.source)
  const { readAck } = chance.setup
  const acks = readAck !== undefined ? [readAck] : polled ? PRIOR_ACKS : [0n]
  const drivers = DRIVERS.filter((one) => (chance.setup.driver ?? (polled ? one : 'once')) === one)
  const frames = framesFor(chance)
  for (const driver of drivers) {
    for (const { choice, setup } of frames) {
      if (driver === 'once') {
        for (const ack of acks) {
          const choices = [choose('driver', 'the block once'), choose('read-ack', `read-ack was ${hex(ack)}`), choice]
          add(choices, setup, (machine) => rawCase(machine, input, ack))
        }
      } else if (driver === 'repeat') {
        add([choose('driver', 'the block three times'), choice], setup, (machine) => ({
          runs: [rawCase(machine, input), rawCase(machine, input), rawCase(machine, input)]
        }))
      } else {
        for (const restored of RESTORED) {
          const choices = [choose('driver', `the block address 0 at first, then ${restored}`), choice]
          add(choices, setup, (machine) => hiddenBlock(machine, input, restored))
        }
      }
    }
  }
  return distinct(predictions)
}

/** How far the next poll has come when the driver looks, 400 ms after the address is there again. */
const RESTORED = ['polled', 'not yet polled', 'polled between registers and log'] as const

function hiddenBlock(machine: NativeMachine, input: Of<'raw block'>, restored: (typeof RESTORED)[number]) {
  const { source } = input
  machine.host.hideBlock(source)
  const hidden = { ...rawCase(machine, input), consumed_ms: null }
  machine.host.showBlock(source)
  if (restored === 'polled') machine.notify(source)
  const after_pointer_restored = registers(machine, source)
  if (restored === 'polled between registers and log') machine.notify(source)
  return { ...hidden, after_pointer_restored, dmesg_restored: machine.dmesg() }
}

/** The interrupt of the error device while no source has a record: only the interrupt's count changes. */
export function predictInterrupt(chance: Chance, { source }: Of<'interrupt'>): readonly Prediction[] {
  const machine = bootNative(chance)
  machine.host.setReadAck(source, 0n)
  machine.host.interrupt()
  const line = (count: number) => ` 51: ${String(count).padStart(10)}          0     GICv3 233 Edge      ACPI:Ged`
  const observed = { interrupts: [[line(0)], [line(1)]], ...registers(machine, source), dmesg: machine.dmesg() }
  return [{ choices: [], observed, log: machine.log() }]
}

import type { Options } from '../shared/linux/kernel/state.ts'
import { knob, type Version } from '../shared/linux/profile.ts'
import type { LabSetup } from './host.ts'
import { SOURCE } from './sources.ts'
import type { NativeInput } from './native-input.ts'
import { UNKNOWN_VICTIM } from './native-input.ts'
import { bootNative, framesFor, registers, type Chance, type NativeMachine } from './native-machine.ts'
import { choose, type Choice } from './choice.ts'
import { distinct, type Prediction } from './prediction.ts'
import type { Ev } from './vmm-monitor.ts'

type Of<Program extends NativeInput['program']> = Extract<NativeInput, { program: Program }>

const WINNER: Readonly<Record<Options['syncWinner'], Choice>> = {
  kworker: choose('memory_failure race', 'the kworker ran memory_failure()'),
  task: choose('memory_failure race', 'the consumer ran memory_failure() itself')
}

/** The orders that this version allows for a synchronous record; the usual one first. */
function orders(version: Version): readonly Options['syncWinner'][] {
  return knob(version, 'syncMfContext') === 'race' ? ['kworker', 'task'] : ['task']
}

/** A run without a record leaves nothing to chance. */
function eachOrder(
  chance: Chance,
  recordInSeaSource: boolean,
  run: (chance: Chance) => Omit<Prediction, 'choices'>
): readonly Prediction[] {
  if (!recordInSeaSource) return [{ choices: [], ...run(chance) }]
  const predictions = orders(chance.version).map((syncWinner) => ({
    choices: [WINNER[syncWinner]],
    ...run({ ...chance, syncWinner })
  }))
  return distinct(predictions)
}

/**
 * A load from device memory that nothing answers, with a record about another page: the abort ends in a signal at the
 * latest when it happens again.
 *
 * Spec: the recordings' own scenarios.mjs, seaCase.
 * Fidelity: exact for the order of what is done.
 */
export function predictSeaLoad(chance: Chance, input: Of<'sea load'>): readonly Prediction[] {
  const { source, record, victim: facts } = input
  return eachOrder(chance, record !== undefined, (order) => {
    const machine = bootNative(order, {}, facts)
    const victim = machine.run(facts)
    if (record !== undefined) machine.host.put(source, record)
    const events_on_load = victim.command('sea')
    const state = registers(machine, source)
    const dmesg = machine.dmesg()
    const trace = machine.trace()
    const second = record === undefined ? { events_second_load: victim.command('sea') } : {}
    const events_on_touch = victim.command('touch')
    const dmesg_touch = machine.dmesg()
    const observed = { events_on_load, ...state, dmesg, trace, ...second, events_on_touch, dmesg_touch }
    return { observed, log: machine.log() }
  })
}

interface BadMemoryRun {
  readonly machine: NativeMachine
  readonly events: readonly Ev[]
  readonly victim: ReturnType<NativeMachine['run']>
}

/** The page fails, the process accesses it, the page answers again. `polledFirst` is for a source that is polled. */
function accessBadMemory(
  chance: Chance,
  input: Omit<Of<'bad memory'>, 'program'>,
  polledFirst: boolean,
  setup: LabSetup = {}
): BadMemoryRun {
  const { source, record, victim: facts, access } = input
  const machine = bootNative(chance, setup, facts)
  const victim = machine.run(facts)
  const told = source === SOURCE.SEA || source === SOURCE.GSIV
  if (record !== undefined) machine.host.put(source, record)
  machine.failing.add(facts.physical >> 12n)
  if (polledFirst && !told) machine.notify(source)
  const events = [...victim.take(), ...victim.command(access)]
  if (!polledFirst && !told) machine.notify(source)
  machine.failing.clear()
  return { machine, events: [...events, ...victim.take()], victim }
}

/**
 * Memory that really fails: every access of the page aborts until it is healed.
 *
 * Spec: the recordings' own scenarios.mjs, badCase.
 * Fidelity: exact for the order of what is done.
 */
export function predictBadMemory(chance: Chance, input: Of<'bad memory'>): readonly Prediction[] {
  const expected = badMemoryWith(chance, input, {})
  const outside = expected.some(({ log }) => log.some((event) => event.type === 'printk' && FREE.test(event.text)))
  if (!outside) return expected
  return framesFor(chance).flatMap(({ choice, setup }) =>
    badMemoryWith(chance, input, setup).map((one) => ({ ...one, choices: [choice, ...one.choices] }))
  )
}

/** The record was about a frame that is not the process's. */
const FREE = /recovery action for free buddy page/

function badMemoryWith(chance: Chance, input: Of<'bad memory'>, setup: LabSetup): readonly Prediction[] {
  const { source, record } = input
  const outcome = (order: Chance, polledFirst: boolean): Omit<Prediction, 'choices'> => {
    const { machine, events, victim } = accessBadMemory(order, input, polledFirst, setup)
    const state = registers(machine, source)
    const dmesg = machine.dmesg()
    const trace = machine.trace()
    const touch_after_memory_answers_again = victim.command('touch')
    const where = victim.command('where')
    const dmesg_later = machine.dmesg()
    const meminfo = machine.meminfo()
    const later = { touch_after_memory_answers_again, where, dmesg_later, meminfo }
    return { observed: { events, ...state, dmesg, trace, ...later }, log: machine.log() }
  }
  if (source !== SOURCE.SEA && record !== undefined) {
    return distinct([
      { choices: [choose('poll race', 'accessed before the poll')], ...outcome(chance, false) },
      { choices: [choose('poll race', 'polled before the access')], ...outcome(chance, true) }
    ])
  }
  return eachOrder(chance, record !== undefined, (order) => outcome(order, false))
}

/** Recoverable memory error at the page of a process nothing is known about. */
function recordOfUnknownVictim(): Uint8Array {
  const record = new Uint8Array(172)
  const view = new DataView(record.buffer)
  view.setUint32(0, 0x11, true)
  view.setUint32(12, 152, true)
  const sectionType = [0x14, 0x11, 0xbc, 0xa5, 0x64, 0x6f, 0xde, 0x4e, 0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83, 0xb1]
  record.set(sectionType, 20)
  view.setUint16(40, 0x300, true)
  view.setUint32(44, 80, true)
  view.setBigUint64(92, 2n, true)
  view.setBigUint64(108, UNKNOWN_VICTIM.physical, true)
  return record
}

/**
 * The same run again and again: how often each outcome is to be seen is not said, only which ones there are.
 *
 * Spec: the recordings' own scenarios.mjs, badram-sea-race.
 * Fidelity: exact for the outcomes.
 */
export function predictRace(chance: Chance, { policy, runs }: Of<'race'>): readonly Prediction[] {
  const log: Prediction['log'][number][] = []
  const outcomes = orders(chance.version).map((syncWinner) => {
    const input = {
      source: SOURCE.SEA,
      record: recordOfUnknownVictim(),
      victim: { ...UNKNOWN_VICTIM, policy },
      access: 'touch' as const
    }
    const { machine, events } = accessBadMemory({ ...chance, syncWinner }, input, false)
    log.push(...machine.log())
    const signal = events.find(({ ev }) => ev === 'sigbus')
    const place = Number(BigInt(signal?.['si_addr'] ?? 0) & 0xfffn) === 0 ? 'page-aligned' : 'exact'
    const by = machine.trace().join('').includes('kworker') ? 'kworker' : 'task'
    return `${signal?.['code'] ?? 'undefined'} si_addr ${place}, memory_failure in ${by}`
  })
  const [usual, other] = [...new Set(outcomes)]
  if (usual === undefined) return []
  const always = { choices: [WINNER.kworker], observed: { outcomes: { [usual]: runs } }, log }
  if (other === undefined) return [{ ...always, choices: [] }]
  // How many of each is anyone's guess: the comparison holds only their sum, and that there is no third.
  const mixed = { [usual]: Math.ceil(runs / 2), [other]: Math.floor(runs / 2) }
  const choices = [choose('memory_failure race', 'each run has its own winner')]
  return [always, { choices, observed: { outcomes: mixed }, log }]
}

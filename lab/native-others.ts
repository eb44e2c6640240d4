import { dmesgOf } from './kernel-lines.ts'
import { SOURCE } from './sources.ts'
import type { NativeInput } from './native-input.ts'
import { UNKNOWN_VICTIM } from './native-input.ts'
import { bootNative, registers, type Chance } from './native-machine.ts'
import { pageOfRecord } from './page-of-record.ts'
import type { Prediction } from './prediction.ts'
import type { VictimFacts } from './victim.ts'

type Of<Program extends NativeInput['program']> = Extract<NativeInput, { program: Program }>

/** The shell's prompt stands before what the kernel writes to the console next. */
const onConsole = (lines: readonly string[]): string[] =>
  lines.map((line, index) => (index === 0 ? `/ # ${line}` : line))

/** Where the program of `sea-fatal` loads from. */
const DEVICE = { virtual: 0xffff_8100_0000n, physical: 0x0b00_0000n }
const PANIC_SECONDS = 3

/**
 * A record that stops the machine, which then starts again after kernel.panic seconds.
 *
 * Spec: the recordings' own scenarios.mjs, panicCase.
 * Fidelity: exact for the order of what is done.
 */
export function predictFatalRecord(chance: Chance, { source, record }: Of<'fatal record'>): readonly Prediction[] {
  const facts: VictimFacts = { ...UNKNOWN_VICTIM, device: DEVICE }
  const machine = bootNative(chance, { sysctl: { panic: PANIC_SECONDS } }, facts)
  const { host } = machine
  host.put(source, record)
  const victim = machine.run(facts)
  if (source === SOURCE.SEA) victim.command('sea')
  else machine.notify(source)
  const machine_reset = host.k.panic !== undefined
  const ms_to_reset = machine_reset ? PANIC_SECONDS * 1000 : null
  const console = onConsole(machine.dmesg())
  const observed = { machine_reset, ms_to_reset, ...registers(machine, source), console }
  return [{ choices: [], observed, log: machine.log() }]
}

/**
 * write(2) from a page that fails: the kernel itself takes the abort.
 *
 * Spec: the recordings' own scenarios.mjs, kernelRead.
 * Fidelity: exact for the order of what is done.
 */
export function predictKernelRead(chance: Chance, { record, victim: facts }: Of<'kernel read'>): readonly Prediction[] {
  const machine = bootNative(chance, {}, facts)
  const victim = machine.run(facts)
  if (record !== undefined) machine.host.put(SOURCE.SEA, record)
  machine.failing.add(facts.physical >> 12n)
  const events = victim.command('syscall')
  const console = [...onConsole(machine.dmesg()), ...events.map((event) => JSON.stringify(event))]
  const machine_reset = machine.host.k.panic !== undefined
  return [{ choices: [], observed: { machine_reset, ...registers(machine, SOURCE.SEA), console }, log: machine.log() }]
}

/**
 * Two records about the same page of a late-kill process, then a touch. The process is not in the input but for its
 * page.
 *
 * Spec: the recordings' own scenarios.mjs, poison-twice.
 * Fidelity: exact for the order of what is done.
 */
export function predictSamePageTwice(chance: Chance, { records }: Of<'same page twice'>): readonly Prediction[] {
  const page = pageOfRecord(records[0]) ?? UNKNOWN_VICTIM.physical
  const facts: VictimFacts = { ...UNKNOWN_VICTIM, policy: 'late', physical: page }
  const machine = bootNative(chance, {}, facts)
  const victim = machine.run(facts)
  const [first, second] = [0, 1].map((index) => {
    const record = records[index]
    if (record !== undefined) machine.host.put(SOURCE.POLLED, record)
    machine.notify(SOURCE.POLLED)
    return machine.dmesg()
  })
  return [
    {
      choices: [],
      observed: { first: first ?? [], second: second ?? [], touch: victim.command('touch') },
      log: machine.log()
    }
  ]
}

/** What the kernel says of each of the machine's sources while it boots. */
export function predictBoot(chance: Chance): readonly Prediction[] {
  const { host } = bootNative(chance)
  return [{ choices: [], observed: { boot: dmesgOf(host.boot) }, log: host.boot }]
}

import { hex } from '../shared/formats/hex.ts'
import type { Version } from '../shared/linux/profile.ts'
import { choose, type Choice } from './choice.ts'
import { dmesgOf, traceOf } from './kernel-lines.ts'
import { parseKvmRecording } from './kvm-input.ts'
import { legalOrders, predictKvmInOrder, type KvmOrder, type KvmRecording } from './kvm-programs.ts'
import type { Chance } from './native-machine.ts'
import { predictNative } from './predict-native.ts'
import { distinct, type Prediction } from './prediction.ts'
import { printCases } from './print-memory.ts'
import type { JsonObject, Recording } from './recording.ts'
import { parseSetup } from './setup.ts'

function orderChoices({ syncWinner, signals, routesAborts }: KvmOrder): readonly Choice[] {
  const winner = syncWinner === 'kworker' ? 'the kworker' : 'the vCPU thread'
  return [
    choose('memory_failure race', `${winner} ran memory_failure()`),
    choose('signal race', signals),
    choose('abort routing', routesAborts ? 'an abort of the guest goes to KVM' : 'the guest takes its abort itself')
  ]
}

/** The monitor's runs whose driver also reads the trace: it starts them in the background. */
const readsTrace = ({ input }: KvmRecording) => input.vmm.startsWith('vmm ')

function predictKvmRun(recording: KvmRecording, { version, setup, prints }: Chance): readonly Prediction[] {
  const { input } = recording
  const predictions = legalOrders(recording, version).map((order): Prediction => {
    const { observed, log } = predictKvmInOrder(recording, version, order, prints)
    return {
      choices: orderChoices(order),
      observed: {
        ...(input.source === undefined ? {} : { consumed_ms: 0 }),
        ...(observed as unknown as JsonObject),
        dmesg: dmesgOf(log),
        ...(readsTrace(recording) ? { trace: traceOf(log) } : {})
      },
      log
    }
  })
  if (input.cper !== null) return predictions
  // Without a record, read-ack is as an earlier run left it, which may not have got its record read.
  const acks = setup.readAck === undefined ? [1n, 0n] : [setup.readAck]
  return acks.flatMap((ack) =>
    predictions.map((one) => ({
      ...one,
      choices: [...one.choices, choose('read-ack', `an earlier run left read-ack ${hex(ack)}`)],
      observed: { ...one.observed, read_ack: hex(ack) }
    }))
  )
}

/**
 * Every legal outcome of a recording's run on a kernel of this version, from `input` alone, the usual one first. Throws
 * NoRecording for an input that no program of the recordings has.
 */
export function predict(recording: Recording, version: Version): readonly Prediction[] {
  const { input } = recording
  const setup = parseSetup(input)
  const monitor = parseKvmRecording(recording)
  return distinct(
    printCases(setup).flatMap(({ choices, memory }) => {
      const chance: Chance = { version, setup, prints: memory }
      const run = monitor === undefined ? predictNative(input, chance) : predictKvmRun(monitor, chance)
      return run.map((one) => ({ ...one, choices: [...one.choices, ...choices] }))
    })
  )
}

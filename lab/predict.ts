import type { Version } from '../shared/linux/profile.ts'
import { dmesgOf, traceOf } from './kernel-lines.ts'
import { isKvmRecording, legalOrders, predictKvmInOrder, type KvmOrder, type KvmRecording } from './kvm-programs.ts'
import { predictNative } from './predict-native.ts'
import { distinct, type Prediction } from './prediction.ts'
import type { JsonObject, Recording } from './recording.ts'

function orderName(order: KvmOrder): string {
  const by =
    order.syncWinner === 'kworker' ? 'the kworker ran memory_failure()' : 'the vCPU thread ran memory_failure() itself'
  const aborts = order.routesAborts ? '' : '; the guest took the abort itself'
  return `${by}; ${order.signals}${aborts}`
}

/** The monitor's runs whose driver also reads the trace: it starts them in the background. */
const readsTrace = ({ input }: KvmRecording) => input.vmm.startsWith('vmm ')

function predictKvmRun(recording: KvmRecording, version: Version): readonly Prediction[] {
  const { input } = recording
  const predictions = legalOrders(recording, version).map((order): Prediction => {
    const { observed, log } = predictKvmInOrder(recording, version, order)
    return {
      order: orderName(order),
      observed: {
        ...(input.source === undefined ? {} : { consumed_ms: 0 }),
        ...(observed as unknown as JsonObject),
        dmesg: dmesgOf(log),
        ...(readsTrace(recording) ? { trace: traceOf(log) } : {})
      },
      log
    }
  })
  return distinct(input.cper === null ? predictions.flatMap(withLeftAck) : predictions)
}

/** Without a record, read-ack is as an earlier run left it, which may not have got its record read. */
function withLeftAck(prediction: Prediction): readonly Prediction[] {
  const observed = { ...prediction.observed, read_ack: '0x0' }
  return [prediction, { ...prediction, observed, order: `${prediction.order}; an earlier run left read-ack 0` }]
}

/**
 * Every legal outcome of a recording's run on a kernel of this version, from `input` alone, the usual one first. Throws
 * UsageError for an input that no program of the recordings has.
 */
export function predict({ qemu, input }: Recording, version: Version): readonly Prediction[] {
  const recording = { ...(qemu === undefined ? {} : { qemu }), input }
  return isKvmRecording(recording) ? predictKvmRun(recording, version) : predictNative(input, version)
}

import { compareDmesg } from './compare-dmesg.ts'
import { compareEvents } from './compare-events.ts'
import { compareTrace } from './compare-trace.ts'
import type { Prediction } from '../../lab/prediction.ts'
import { isObject, type Json, type JsonObject } from '../../lab/recording.ts'
import { because, different, same, shown, type ComparedValue, type Scope } from './compared-value.ts'

type Compare = (
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
) => readonly ComparedValue[]

/** How each field of a recording is compared; one that is not here must be the same. */
const FIELDS: Readonly<Record<string, Compare>> = {
  consumed_ms: compareConsumed,
  ms_to_reset: (_, field, predicted, observed) => [because('time', field, predicted, observed)],
  meminfo: (_, field, predicted, observed) => [because('accumulates', field, predicted, observed)],
  interrupts: compareInterrupts,
  outcomes: compareOutcomes,
  dmesg: compareDmesg,
  dmesg_touch: compareDmesg,
  dmesg_later: compareDmesg,
  dmesg_restored: compareDmesg,
  first: compareDmesg,
  second: compareDmesg,
  boot: compareDmesg,
  console: compareDmesg,
  trace: compareTrace,
  events: compareEvents,
  events_before_touch: compareEvents,
  events_on_touch: compareEvents,
  events_on_load: compareEvents,
  events_second_load: compareEvents,
  touch_after_memory_answers_again: compareEvents,
  touch: compareEvents,
  where: compareEvents,
  where_after: compareEvents,
  default_policy: compareNested,
  late_policy: (scope, ...rest) => compareNested({ ...scope, unknownProcess: true, unknownPage: true }, ...rest),
  after_pointer_restored: compareNested,
  runs: compareRuns
}

/** One row for every value compared, or not compared and why. */
export function compareObserved(
  scope: Scope,
  predicted: JsonObject,
  observed: JsonObject,
  prefix = ''
): readonly ComparedValue[] {
  const fields = [...new Set([...Object.keys(observed), ...Object.keys(predicted)])]
  return fields.flatMap((name) => {
    const compare = FIELDS[name] ?? compareExactly
    return compare(scope, prefix + name, predicted[name], observed[name])
  })
}

export interface Comparison {
  readonly prediction: Prediction
  readonly rows: readonly ComparedValue[]
  readonly differences: number
}

/** The legal outcome that a recording shows: the first without a difference, else the one with the fewest. */
export function closest(
  scope: (prediction: Prediction) => Scope,
  predictions: readonly Prediction[],
  observed: JsonObject
): Comparison {
  let best: Comparison | undefined
  for (const prediction of predictions) {
    const rows = compareObserved(scope(prediction), prediction.observed, observed)
    const differences = rows.filter(({ verdict }) => verdict === 'different').length
    if (best === undefined || differences < best.differences) best = { prediction, rows, differences }
    if (differences === 0) break
  }
  if (best === undefined) throw new Error('no outcome is legal')
  return best
}

function compareExactly(
  _: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  const equal = canonical(predicted) === canonical(observed)
  return [equal ? same(field, predicted, observed) : different(field, predicted, observed)]
}

/** Objects are the same whatever the order of their keys. */
function canonical(value: Json | undefined): string {
  if (!isObject(value)) return JSON.stringify(value) ?? 'undefined'
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether the kernel took the record within the driver's patience; not how long that was. */
function compareConsumed(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (typeof predicted === 'number' && typeof observed === 'number')
    return [because('time', field, predicted, observed)]
  return compareExactly(scope, field, predicted, observed)
}

const count = (value: Json | undefined): number | undefined => {
  const line = Array.isArray(value) ? (value[0] as Json | undefined) : undefined
  const [, number] = typeof line === 'string' ? (/^\s*\d+:\s+(\d+)/.exec(line) ?? []) : []
  return number === undefined ? undefined : Number(number)
}

/** By how much the interrupt's count went up. */
function compareInterrupts(
  _: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  const [before, after] = [predicted, observed].map((value) => {
    const [first, second] = Array.isArray(value) ? [count(value[0] as Json), count(value[1] as Json)] : []
    return first === undefined || second === undefined ? null : second - first
  })
  const row = before === after && before !== null ? same : different
  return [row(`${field} (how many)`, before, after), because('irq number', field, shown(predicted), shown(observed))]
}

function compareNested(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!isObject(predicted) || !isObject(observed)) return compareExactly(scope, field, predicted, observed)
  return compareObserved(scope, predicted, observed, `${field}.`)
}

/** How often each outcome of a race was seen: what there is and how many in all; of one outcome alone, how many. */
function compareOutcomes(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!isObject(predicted) || !isObject(observed) || Object.keys(predicted).length < 2) {
    return compareExactly(scope, field, predicted, observed)
  }
  const runs = (outcomes: JsonObject) => Object.values(outcomes).reduce<number>((sum, one) => sum + Number(one), 0)
  return [
    ...compareExactly(scope, `${field} (runs)`, runs(predicted), runs(observed)),
    ...Object.keys(observed).map((name) =>
      predicted[name] === undefined
        ? different(field, Object.keys(predicted), name)
        : because('each its own', `${field} ${name}`, predicted[name], observed[name])
    )
  ]
}

/** The same record again and again. */
function compareRuns(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!Array.isArray(predicted) || !Array.isArray(observed) || predicted.length !== observed.length) {
    return compareExactly(scope, field, predicted, observed)
  }
  return observed.flatMap((run: Json, index) =>
    compareNested(scope, `${field}[${index}]`, predicted[index] as Json, run)
  )
}

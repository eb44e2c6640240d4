import { isPrintLimit, type Choice } from '../../lab/choice.ts'
import { otherwise, type Prediction } from '../../lab/prediction.ts'
import { isObject, type JsonObject } from '../../lab/recording.ts'
import { overRead } from './compare-trace.ts'
import { scopeOf } from './scope.ts'
import { choiceJson } from './report.ts'

const openTo = (usual: Prediction, other: Prediction) => ({ other, deviates: otherwise(usual, other) })

/**
 * What `--predict` prints of a run: the likeliest outcome, what it takes to be so, and one alternative for each other
 * way that one of its unknowns can have been. Unknowns combine freely: `combinations` is how many outcomes that makes.
 * What the boot had printed before changes prints and nothing else, so that it is an assumption and no alternative.
 */
export function predictionJson(predictions: readonly Prediction[], input: JsonObject) {
  const [usual] = predictions
  if (usual === undefined) return { observed: null, assumptions: [], alternatives: [], combinations: 0 }
  const others = predictions.map((other) => openTo(usual, other)).filter(({ deviates }) => deviates.length === 1)
  const prints = others.filter(({ deviates }) => deviates.some(isPrintLimit))
  const assumptions = usual.choices.map((choice) => ({
    ...choiceJson(choice),
    ...(isPrintLimit(choice)
      ? { otherwise: prints.map(({ other, deviates }) => effectOf(usual, other, deviates)) }
      : {})
  }))
  return {
    observed: usual.observed,
    assumptions: [...assumptions, ...bufferAssumption(usual), ...processAssumption(usual, input)],
    alternatives: others
      .filter(({ deviates }) => !deviates.some(isPrintLimit))
      .map(({ other, deviates }) => ({ because: deviates.map(choiceJson), observed: other.observed })),
    combinations: predictions.length
  }
}

/** What another assumption changes: the fields it changes, as they then are. */
function effectOf(usual: Prediction, other: Prediction, deviates: readonly Choice[]) {
  return { taken: deviates.map(({ taken }) => taken).join('; '), ...changed(usual.observed, other.observed) }
}

function changed(usual: JsonObject, other: JsonObject): JsonObject {
  const entries = Object.entries(other).flatMap(([name, value]) => {
    const before = usual[name]
    if (JSON.stringify(before) === JSON.stringify(value)) return []
    return [[name, isObject(before) && isObject(value) ? changed(before, value) : value] as const]
  })
  return Object.fromEntries(entries)
}

function bufferAssumption({ log }: Prediction) {
  const bytes = overRead(log)
  if (bytes === 0) return []
  const rule =
    'the kernel reads behind the record, into what earlier ones left in its buffer; no input says what that is'
  return [{ about: 'buffer', taken: `the ${bytes} bytes behind the record are zeros`, kind: 'missing input', rule }]
}

function processAssumption(usual: Prediction, input: JsonObject) {
  const { unknownProcess, unknownPage } = scopeOf(input, usual)
  if (!unknownProcess && !unknownPage) return []
  const taken = 'its ids and addresses are ours, and the record is about its page'
  const rule = 'no id and no address of the process is in the input; they are not compared'
  return [{ about: 'process', taken, kind: 'missing input', field: 'input.victim', rule }]
}

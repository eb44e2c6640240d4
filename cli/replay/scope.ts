import { isPrintLimit } from '../../lab/choice.ts'
import type { Prediction } from '../../lab/prediction.ts'
import { isObject, type Json, type JsonObject } from '../../lab/recording.ts'
import type { Scope } from './compared-value.ts'

/** Every page frame that could be named by eight bytes of a record. */
function framesIn(hex: Json | undefined): bigint[] {
  if (Array.isArray(hex)) return hex.flatMap((one: Json) => framesIn(one))
  if (typeof hex !== 'string') return []
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: Math.max(bytes.length - 7, 0) }, (_, at) => view.getBigUint64(at, true) >> 12n)
}

/** Fields of a run that has a process. */
const OF_A_PROCESS = ['kind', 'victim', 'access', 'abort_pa', 'vmm'] as const

/** What a comparison with a recording of this input goes by. */
export function scopeOf(input: JsonObject, { log, choices }: Prediction): Scope {
  const setup = isObject(input['setup']) ? input['setup'] : {}
  const process = [input['victim'], input['ready'], setup['ready']].find(isObject)
  const page = process?.['pa']
  const named = new Set([...framesIn(input['cper']), ...framesIn(input['block'])])
  if (typeof page === 'string') named.add(BigInt(page) >> 12n)
  const hasProcess = Array.isArray(input['cper']) || OF_A_PROCESS.some((name) => input[name] !== undefined)
  return {
    log,
    assumedPrints: choices.some(isPrintLimit),
    named,
    page: typeof page === 'string' ? page : undefined,
    unknownProcess: hasProcess && (process?.['va'] === undefined || process['pid'] === undefined),
    // Two records about one page say which it is.
    unknownPage: hasProcess && page === undefined && !Array.isArray(input['cper'])
  }
}

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

/** What a comparison with a recording of this input goes by. */
export function scopeOf(input: JsonObject, { log }: Prediction): Scope {
  const setup = isObject(input['setup']) ? input['setup'] : {}
  const process = [input['victim'], input['ready'], setup['ready']].find(isObject)
  const page = process?.['pa']
  const named = new Set([...framesIn(input['cper']), ...framesIn(input['block'])])
  if (typeof page === 'string') named.add(BigInt(page) >> 12n)
  // Two records about one page are all that is known of the process it belongs to.
  const unknownProcess = process === undefined && Array.isArray(input['cper'])
  return { log, named, page: typeof page === 'string' ? page : undefined, unknownProcess, unknownPage: false }
}

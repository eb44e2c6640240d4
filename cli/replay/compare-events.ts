import { isObject, type Json, type JsonObject } from '../../lab/recording.ts'
import { because, different, same, type ComparedValue, type Scope } from './compared-value.ts'

/** Lines of the recordings' programs that only tell what the run was given. */
const GIVEN: readonly string[] = ['ready', 'thread']

/** The programs' lines, one by one and in order: signals, results of ioctls, what the guest reported, accesses. */
export function compareEvents(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!Array.isArray(predicted) || !Array.isArray(observed)) return [different(field, predicted, observed)]
  const rows: ComparedValue[] = []
  if (predicted.length === 0 && observed.length === 0) rows.push(same(field, [], []))
  for (let index = 0; index < Math.max(predicted.length, observed.length); index++) {
    const ours = predicted[index] as Json | undefined
    const real = observed[index] as Json | undefined
    const place = `${field}[${index}]`
    if (!isObject(ours) || !isObject(real) || ours['ev'] !== real['ev']) rows.push(different(place, ours, real))
    else rows.push(...compareEvent(scope, `${place} ${nameOf(real)}`, ours, real))
  }
  return rows
}

const nameOf = ({ ev }: JsonObject): string => (typeof ev === 'string' ? ev : '')

function compareEvent(scope: Scope, place: string, ours: JsonObject, real: JsonObject): readonly ComparedValue[] {
  const ev = nameOf(real)
  if (GIVEN.includes(ev)) return [because('given', place, ours, real)]
  const names = [...new Set([...Object.keys(real), ...Object.keys(ours)])].filter((name) => name !== 'ev')
  const rows = names.map((name) => compareField(scope, ev, `${place}.${name}`, name, ours[name], real[name]))
  return names.length === 0 ? [same(place, ours, real)] : rows
}

function compareField(
  scope: Scope,
  ev: string,
  field: string,
  name: string,
  ours: Json | undefined,
  real: Json | undefined
): ComparedValue {
  const equal = JSON.stringify(ours) === JSON.stringify(real)
  if (ev === 'sigbus' && name === 'pc') return because('program address', field, ours, real)
  if (scope.unknownProcess && ev === 'sigbus') {
    if (name === 'tid' || name === 'pid') return because('unknown process', field, ours, real)
    if (name === 'si_addr' || name === 'fault_address') return comparePlaceInPage(field, ours, real)
  }
  if (name === 'pa' && ev === 'where') return compareFrame(scope, field, ours, real)
  return equal ? same(field, ours, real) : different(field, ours, real)
}

const isAddress = (value: Json | undefined): value is string => typeof value === 'string' && /^0x[0-9a-f]+$/.test(value)

/** Of an address that nobody can know, the part within the page; 0 is no address. */
function comparePlaceInPage(field: string, ours: Json | undefined, real: Json | undefined): ComparedValue {
  if (!isAddress(ours) || !isAddress(real)) return different(field, ours, real)
  const [a, b] = [BigInt(ours), BigInt(real)]
  const equal = (a === 0n) === (b === 0n) && (a & 0xfffn) === (b & 0xfffn)
  const name = `${field} (within its page)`
  return equal ? same(name, ours, real) : different(name, ours, real)
}

/** Nothing mapped, the page of the run, or another one: which other one nobody can know. */
function compareFrame(
  { page, unknownPage }: Scope,
  field: string,
  ours: Json | undefined,
  real: Json | undefined
): ComparedValue {
  const kind = (value: Json | undefined, own: Json | undefined) =>
    value === '0x0' ? 'none' : value === own ? 'own' : 'other'
  if (ours === real) return same(field, ours, real)
  if (unknownPage) {
    const equal = (ours === '0x0') === (real === '0x0')
    return equal ? because('unknown process', field, ours, real) : different(field, ours, real)
  }
  const equal = kind(ours, page) === 'other' && kind(real, page) === 'other'
  return equal ? because('allocator', field, ours, real) : different(field, ours, real)
}

import type { Random } from './random.ts'

/** One operation of a service's OpenAPI, with a body that it takes. */
export interface Operation {
  readonly method: string
  /** With `{name}` for each parameter. */
  readonly path: string
  readonly query: readonly string[]
  readonly example: unknown
}

/** A request as it goes out. */
export interface Attempt {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
}

const HUGE = 'x'.repeat(3000)
const DEEP = '['.repeat(5000) + ']'.repeat(5000)
/** What stands in no contract, and has harmed others. */
const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  '',
  '0x0',
  '0xffffffffffffffff',
  `0x${'f'.repeat(1000)}`,
  'vm0',
  '\u0000',
  '\u001b[31mX\nFAKE',
  '💥',
  HUGE,
  [],
  {},
  [[[]]],
  { constructor: 1 },
  '__proto__',
  '../../etc/passwd'
]
const PATHS = ['0', 'vm0', '0x48001000', '%00', '%2e%2e', '-1', '99999999999999999999', HUGE, 'é', 'a%zz', '__proto__']
const TYPES = ['application/json', 'application/octet-stream', 'text/plain', 'application/yaml', 'x/y', '']
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']

/** An operation as the contract nearly allows it, or not at all. */
export function attemptOf(operation: Operation, machine: string, random: Random): Attempt {
  const method = random.chance(0.95) ? operation.method : random.of(METHODS)
  // Deleted by the way, the machine would be missing for all that comes after: `deletions.ts` makes it again.
  const own = method === 'DELETE' && operation.path.endsWith('/{machine}') ? `${machine}-spare` : machine
  const fill = (_: string, name: string) =>
    name === 'machine' && random.chance(0.97) ? own : encodeURIComponentOf(random)
  const path = operation.path.replaceAll(/\{(\w+)\}/g, fill) + queryOf(operation.query, random)
  if (method === 'GET' || method === 'HEAD') return { method, path, headers: {}, body: undefined }
  const type = random.chance(0.9) ? 'application/json' : random.of(TYPES)
  const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
  if (random.chance(0.3))
    headers['idempotency-key'] = random.of(['again', `k${random.below(1e6)}`, HUGE, '💥'].slice(0, 3))
  if (random.chance(0.1)) headers['ce-causationid'] = random.of(['a', 'a b c', HUGE])
  if (random.chance(0.05)) headers['traceparent'] = random.of(['00-0-0-0', HUGE])
  return { method, path, headers, body: bodyOf(operation.example, random) }
}

const encodeURIComponentOf = (random: Random) => random.of(PATHS)

function queryOf(names: readonly string[], random: Random): string {
  if (random.chance(0.7)) return ''
  const known = [...names, 'x', 'wait', 'after']
  const pairs = Array.from({ length: 1 + random.below(3) }, () => {
    const value = random.of(['1', 'true', 'settled', '0x10', '-1', '%00', 'é', ''])
    return `${random.of(known)}=${value === 'settled' ? 'x' : value}`
  })
  return `?${pairs.join('&')}`
}

function bodyOf(example: unknown, random: Random): string | Uint8Array | undefined {
  const kind = random.next()
  if (kind < 0.05) return undefined
  if (kind < 0.1) return random.of(['{', '"text"', '[]', 'null', DEEP, '{"a":1}}', '\u0000'])
  if (kind < 0.13) return Uint8Array.from({ length: random.below(400) }, () => random.below(256))
  const body: Record<string, unknown> = { ...(example as object | undefined) }
  const fields = Object.keys(body)
  for (let changes = random.below(3); changes > 0; changes--) {
    const field = random.of([...fields, 'x', 'toString'])
    if (random.chance(0.3)) delete body[field]
    else body[field] = random.of(JUNK)
  }
  const text = JSON.stringify(body)
  if (random.chance(0.03)) return text.slice(0, random.below(text.length))
  return random.chance(0.02) ? text.replace('{', '{"__proto__":{"x":1},') : text
}

import { Type } from 'typebox'
import { LINUX_VERSIONS } from '../contracts/common.ts'

/** Scalars as people write them in YAML, and what they mean. */

/** A series is a number to YAML; 6.1 and "6.1" are the same here. A release has two dots and is text. */
export const LinuxNumber = Type.Enum([6.1, 6.12, 7.3, ...LINUX_VERSIONS], {
  description: 'kernel: a release, e.g. 6.12.95, or a series: 6.1 is 6.1.192, 6.12 is 6.12.117, 7.3 is 7.3.4'
})

export const Name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$',
  description: 'a name of up to 15 letters, digits, dots, dashes'
})

/** YAML reads 0x40001000 as a number, "0x40001000" as text; both will do below 2^53. */
export const ADDRESS = Type.Union([
  Type.Integer({ minimum: 0 }),
  Type.String({
    pattern: '^0x[0-9a-fA-F]{1,16}$',
    description: 'an address such as "0x48001000"'
  })
])

export const Size = Type.Union(
  [
    Type.Integer({ minimum: 1, description: 'bytes' }),
    Type.String({ pattern: '^[1-9][0-9]*[KMG]$', description: 'a size such as 64M: whole K, M or G' })
  ],
  { description: 'bytes, or with K, M or G' }
)
export const Duration = Type.String({
  pattern: '^[0-9]+(\\.[0-9]+)?(ns|us|ms|s)$',
  description: 'a time such as 500ms'
})

const SIZE_UNIT: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n }
const TIME_UNIT: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

export const addressOf = (value: number | string): bigint => BigInt(value)

/** Bytes. */
export function sizeOf(value: number | string): bigint {
  if (typeof value === 'number') return BigInt(value)
  return BigInt(value.slice(0, -1)) * (SIZE_UNIT[value.slice(-1)] ?? 1n)
}

/** Nanoseconds. */
export function durationOf(value: string): number {
  const [, count = '0', unit = 's'] = /^([0-9.]+)([a-z]+)$/.exec(value) ?? []
  return Number(count) * (TIME_UNIT[unit] ?? 1)
}

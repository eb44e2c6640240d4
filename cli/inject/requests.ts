import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { hex } from '../../shared/formats/hex.ts'
import { nameOf, readBytes } from '../bytes/read-bytes.ts'
import { text, UsageError, type Values } from '../command.ts'

/** A message that makes an error happen: to which layer, where, with what. */
export interface InjectRequest {
  readonly to: ModelledLayer
  /** Behind the machine, with its query. */
  readonly path: string
  readonly body: Uint8Array | string
}

/** Of a page, as Linux takes nothing wider. */
const PAGE_MASK = '0xfffffffffffff000'
/** Param1 and param2 are the address and its mask. */
const ADDRESS_FLAG = 2
const LARGEST_U32 = 0xffff_ffff

/** EINJ's own numbers, as the files of the kernel's driver take them. */
export function einjRequest(values: Values): InjectRequest {
  const address = hexOf(values, 'address')
  const flags = numberOf(values, 'flags') ?? (address === undefined ? undefined : ADDRESS_FLAG)
  const [param3, param4] = [numberOf(values, 'param3'), numberOf(values, 'param4')]
  const body = {
    type: numberOf(values, 'einj'),
    ...(flags === undefined ? {} : { flags }),
    ...(address === undefined ? {} : { param1: address, param2: hexOf(values, 'mask') ?? PAGE_MASK }),
    ...(param3 === undefined ? {} : { param3 }),
    ...(param4 === undefined ? {} : { param4 }),
    notrigger: values['notrigger'] === true ? 1 : 0
  }
  return { to: 'host-kernel', path: '/einj', body: JSON.stringify(body) }
}

/** A line of memory that goes bad. */
export function memoryRequest(values: Values): InjectRequest {
  const body = {
    kind: 'memory',
    hostPhysical: hexOf(values, 'address'),
    signalled: text(values['signalled']) ?? 'SError',
    containment: text(values['containment']) ?? 'UER',
    severity: text(values['severity']) ?? 'recoverable'
  }
  return { to: 'hardware', path: '/errors', body: JSON.stringify(body) }
}

/** A record for one of firmware's sources. Throws UsageError for a file that cannot be read. */
export function recordRequest(values: Values, file: string): InjectRequest {
  const source = numberOf(values, 'source') ?? 1
  if (file.endsWith('.json')) throw new UsageError(`${nameOf(file)}: seabus cper encode makes the bytes of it`)
  return { to: 'firmware', path: `/error-records?source=${source}`, body: readBytes(file) }
}

/** A number as one types it. Throws UsageError for what is none. */
function bigOf(values: Values, option: string): bigint | undefined {
  const word = text(values[option])
  if (word === undefined) return undefined
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(word))
    throw new UsageError(`seabus inject: --${option} ${word}: a number such as 0x10`)
  return BigInt(word)
}

function hexOf(values: Values, option: string): string | undefined {
  const number = bigOf(values, option)
  return number === undefined ? undefined : hex(number)
}

function numberOf(values: Values, option: string): number | undefined {
  const number = bigOf(values, option)
  if (number !== undefined && number > LARGEST_U32) throw new UsageError(`seabus inject: --${option} has 32 bits`)
  return number === undefined ? undefined : Number(number)
}

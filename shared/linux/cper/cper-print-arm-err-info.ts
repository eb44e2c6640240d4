import { hex } from '../../formats/hex.ts'
import { ARM_ERROR_TYPE, armErrorKinds, type ArmErrorKind } from '../../formats/arm-error-info.ts'
import type { Kernel, Options } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

const TRANSACTION = ['Instruction', 'Data Access', 'Generic']
const COMMON_OPERATION = [
  'Generic error (type cannot be determined)',
  'Generic read (type of instruction or data request cannot be determined)',
  'Generic write (type of instruction of data request cannot be determined)',
  'Data read',
  'Data write',
  'Instruction fetch',
  'Prefetch'
]
const CACHE_OPERATION = [
  ...COMMON_OPERATION,
  'Eviction',
  'Snooping (processor initiated a cache snoop that resulted in an error)',
  'Snooped (processor raised a cache error caused by another processor or device snooping its cache)',
  'Management'
]
const TLB_OPERATION = [
  ...COMMON_OPERATION,
  'Local management operation (processor initiated a TLB management operation that resulted in an error)',
  'External management operation (processor raised a TLB error caused by another processor or device broadcasting TLB operations)'
]
const PARTICIPATION = [
  'Local processor originated request',
  'Local processor responded to request',
  'Local processor observed',
  'Generic'
]
const ADDRESS_SPACE = ['External Memory Access', 'Internal Memory Access', 'Unknown', 'Device Memory Access']

/** For each kind in the kernel's order: how it is named before the operation, its operations, and its level. */
const KINDS: readonly { kind: ArmErrorKind; operations: readonly string[]; level: string }[] = [
  { kind: 'cache', operations: CACHE_OPERATION, level: 'cache level' },
  { kind: 'TLB', operations: TLB_OPERATION, level: 'TLB level' },
  { kind: 'bus', operations: COMMON_OPERATION, level: 'affinity level at which the bus error occurred' }
]

/** Fields of the error information word: validation bit, lowest bit, width. */
const FIELD = {
  transaction: [0, 16, 2],
  operation: [1, 18, 4],
  level: [2, 22, 3],
  contextCorrupt: [3, 25, 1],
  corrected: [4, 26, 1],
  precisePc: [5, 27, 1],
  restartablePc: [6, 28, 1],
  participation: [7, 29, 2],
  timeOut: [8, 31, 1],
  addressSpace: [9, 32, 2],
  memoryAttributes: [10, 34, 9],
  accessMode: [11, 43, 1]
} as const

/**
 * cper_print_arm_err_info(): the error information word in words. With the type as a bitmask several kinds may be named
 * for one word, and a type without any known bit still gets the fields all kinds share.
 *
 * Spec: Linux 6.1.192 (bitmask) and before 6.1.162 (enumeration), drivers/firmware/efi/cper-arm.c,
 * cper_print_arm_err_info.
 * Fidelity: exact.
 */
export function cperPrintArmErrInfo(
  k: Kernel,
  prefix: string,
  type: number,
  errorInformation: bigint,
  meaning: Options['armErrorType'] = k.options.armErrorType
): void {
  const kinds = armErrorKinds(type, meaning)
  if (meaning === 'enumeration' && kinds.length === 0) return
  if (kinds.includes('micro-architectural')) return
  const field = (name: keyof typeof FIELD): number | undefined => {
    const [valid, lowest, width] = FIELD[name]
    if (((errorInformation >> BigInt(valid)) & 1n) === 0n) return undefined
    return Number((errorInformation >> BigInt(lowest)) & ((1n << BigInt(width)) - 1n))
  }
  const say = (text: string | undefined): void => void (text === undefined || printk(k, prefix + text))
  const named = (label: string, name: string | undefined) => (name === undefined ? undefined : `${label}: ${name}`)
  const choose = (value: number | undefined, yes: string | undefined, no?: string) =>
    value === undefined ? undefined : value === 0 ? no : yes

  say(named('transaction type', TRANSACTION[field('transaction') ?? -1]))
  for (const { kind, operations } of KINDS) {
    if (!kinds.includes(kind)) continue
    const label = meaning === 'bitmask' ? `${kind} error, operation type` : 'operation type'
    say(named(label, operations[field('operation') ?? -1]))
  }
  for (const { kind, level } of KINDS) {
    if (kinds.includes(kind)) say(named(level, field('level')?.toString()))
  }
  say(choose(field('contextCorrupt'), 'processor context corrupted', 'processor context not corrupted'))
  say(choose(field('corrected'), 'the error has been corrected', 'the error has not been corrected'))
  say(choose(field('precisePc'), 'PC is precise', 'PC is imprecise'))
  const restartable = 'Program execution can be restarted reliably at the PC associated with the error.'
  say(choose(field('restartablePc'), restartable))

  if (type !== ARM_ERROR_TYPE[meaning].bus) return
  say(named('participation type', PARTICIPATION[field('participation') ?? -1]))
  say(choose(field('timeOut'), 'request timed out'))
  say(named('address space', ADDRESS_SPACE[field('addressSpace') ?? -1]))
  const attributes = field('memoryAttributes')
  say(attributes === undefined ? undefined : `memory access attributes:${hex(attributes)}`)
  say(choose(field('accessMode'), 'access mode: normal', 'access mode: secure'))
}

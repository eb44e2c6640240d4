import {
  ARM_CONTEXT_HEADER_SIZE,
  ARM_CONTEXT_LAYOUT,
  armContextsAt,
  armContextSize,
  type ArmContextStride
} from '../arm-context.ts'
import { armContextLayout, armContextName, systemRegisterName } from '../arm-context-registers.ts'
import {
  ARM_BUS_INFORMATION,
  ARM_CACHE_INFORMATION,
  ARM_OPERATION,
  ARM_TRANSACTION_TYPE,
  ARM_PARTICIPATION_TYPE,
  ARM_ADDRESS_SPACE,
  ARM_ACCESS_MODE,
  type ArmInformationRow
} from '../arm-error-information.ts'
import {
  ARM_ERROR_FLAG,
  ARM_ERROR_INFO_FIELDS,
  ARM_ERROR_INFO_LAYOUT,
  ARM_ERROR_INFO_SIZE,
  ARM_ERROR_TYPE,
  armErrorKinds,
  type ArmErrorKind
} from '../arm-error-info.ts'
import {
  ARM_PROCESSOR_FIELDS,
  ARM_PROCESSOR_HEADER_SIZE,
  ARM_PROCESSOR_LAYOUT,
  VALID_VENDOR
} from '../arm-processor-section.ts'
import { FormatError } from '../format-error.ts'
import { register, word } from './describe.ts'
import type { Field } from './field.ts'
import { numberAt } from './numbers.ts'
import { membersOf, rawField, structure, withRest, type Describe } from './structure.ts'
import { validatedStructure, validationOf } from './validated.ts'
import { partOf, wordFields, type PartTexts } from './word.ts'

/** The fields of an ARM processor error section, which ends with the bytes: header, error information, contexts, the vendor's. */
export function armProcessorFields(name: string, bytes: Uint8Array, at: number): Field {
  const valid = numberAt(bytes, at, ARM_PROCESSOR_LAYOUT.validation)
  const header = validatedStructure(
    { name, bytes, at, size: ARM_PROCESSOR_HEADER_SIZE },
    ARM_PROCESSOR_FIELDS,
    valid,
    ARM_PROCESSOR_LAYOUT,
    { validation: validationOf(ARM_PROCESSOR_FIELDS, { vendor: VALID_VENDOR }), midr: register, mpidr: register }
  )
  const from = at + ARM_PROCESSOR_HEADER_SIZE
  const length = numberAt(bytes, at, ARM_PROCESSOR_LAYOUT.sectionLength)
  const end = Math.max(Math.min(at + length, bytes.length), Math.min(from, bytes.length))
  const section = bytes.subarray(0, end)
  const infos = errorInfos(section, from, numberAt(bytes, at, ARM_PROCESSOR_LAYOUT.errorInfoCount))
  const infosEnd = endOf(infos) ?? from
  const hasVendor = (valid & VALID_VENDOR) !== 0
  const count = numberAt(bytes, at, ARM_PROCESSOR_LAYOUT.contextCount)
  const contexts = contextFields(section, infosEnd, count, hasVendor)
  const vendor = vendorFields(section, endOf(contexts) ?? infosEnd, hasVendor)
  const children = [...(header.children ?? []), ...infos, ...contexts, ...vendor]
  return {
    ...header,
    length: bytes.length - at,
    children: withRest(children, bytes, end, bytes.length, 'rest')
  }
}

function endOf(fields: readonly Field[]): number | undefined {
  const last = fields.at(-1)
  return last === undefined ? undefined : last.offset + last.length
}

function errorInfos(bytes: Uint8Array, from: number, count: number): readonly Field[] {
  const fields: Field[] = []
  for (let at = from; fields.length < count && at < bytes.length; at += ARM_ERROR_INFO_SIZE) {
    fields.push(errorInfo(`error information ${fields.length}`, bytes, at))
  }
  return fields
}

function errorInfo(name: string, bytes: Uint8Array, at: number): Field {
  const valid = numberAt(bytes, at, ARM_ERROR_INFO_LAYOUT.validation)
  const kinds = armErrorKinds(numberAt(bytes, at, ARM_ERROR_INFO_LAYOUT.type), 'bitmask')
  return validatedStructure(
    { name, bytes, at, size: ARM_ERROR_INFO_SIZE },
    ARM_ERROR_INFO_FIELDS,
    valid,
    ARM_ERROR_INFO_LAYOUT,
    {
      validation: validationOf(ARM_ERROR_INFO_FIELDS),
      type: errorType,
      flags: word(ARM_ERROR_FLAG),
      errorInformation: information(kinds)
    }
  )
}

/** Readers do not agree on this byte; the text has what it is as a bitmask, and what readers of the older form see. */
const errorType: Describe = (field) => {
  const type = Number(field.value)
  const masks = armErrorKinds(type, 'bitmask').join(', ') || 'reserved'
  const older = armErrorKinds(type, 'enumeration').join(', ') || 'reserved'
  return { text: `${masks}; before UEFI 2.9A ${older}`, children: wordFields(field, ARM_ERROR_TYPE.bitmask) }
}

const LEVELED: PartTexts = {
  transactionType: (value) => ARM_TRANSACTION_TYPE[value] ?? 'reserved',
  participationType: (value) => ARM_PARTICIPATION_TYPE[value],
  addressSpace: (value) => ARM_ADDRESS_SPACE[value],
  accessMode: (value) => ARM_ACCESS_MODE[value]
}

/** The word of one kind of error in parts; of several, or of none that is known, it stays whole. */
function information(kinds: readonly ArmErrorKind[]): Describe | undefined {
  const [kind] = kinds
  if (kind === undefined || kind === 'micro-architectural' || kinds.length > 1) return register
  const rows: readonly ArmInformationRow[] = kind === 'bus' ? ARM_BUS_INFORMATION : ARM_CACHE_INFORMATION
  const valid = rows.map(([name, , , bit]) => [validityOf(name), 1n << BigInt(bit)] as const)
  const parts = rows.map(([name, shift, width, , flag]) => [name, partOf(shift, width, flag === true)] as const)
  const texts = { ...LEVELED, operation: (value: number) => ARM_OPERATION[kind][value] ?? 'reserved' }
  return (field) => {
    const isValid = (part: string): boolean | undefined => {
      const row = rows.find(([name]) => name === part)
      return row && typeof field.value === 'bigint' ? ((field.value >> BigInt(row[3])) & 1n) === 1n : undefined
    }
    return {
      text: `${kind} error`,
      children: wordFields(field, Object.fromEntries([...valid, ...parts]), texts, isValid)
    }
  }
}

const validityOf = (name: string): string => `valid: ${name}`

/** The contexts as the decoder walks them; where no walk fits, those that can be found one behind the other. */
function contextFields(bytes: Uint8Array, from: number, count: number, hasVendor: boolean): readonly Field[] {
  try {
    const { contexts, stride } = armContextsAt(bytes, from, count, undefined, hasVendor ? 'vendor' : 'nothing')
    let at = from
    return contexts.map((context, i) => {
      const size = armContextSize(context, stride)
      const field = contextField(i, bytes.subarray(0, at + size), at, context.registers.length)
      at += size
      return field
    })
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return contextsToDamage(bytes, from, count, 'packed')
  }
}

function contextsToDamage(bytes: Uint8Array, from: number, count: number, stride: ArmContextStride): readonly Field[] {
  const fields: Field[] = []
  let at = from
  try {
    while (fields.length < count && at < bytes.length) {
      const { contexts, next } = armContextsAt(bytes, at, 1, stride)
      for (const { registers } of contexts)
        fields.push(contextField(fields.length, bytes.subarray(0, next), at, registers.length))
      at = next
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const size = numberAt(bytes, at, ARM_CONTEXT_LAYOUT.size)
    fields.push(contextField(fields.length, bytes, at, size))
  }
  return fields
}

/** A context that ends with the bytes, its padding too. */
function contextField(index: number, bytes: Uint8Array, at: number, registersSize: number): Field {
  const header = structure(
    { name: `context ${index}`, bytes, at, size: ARM_CONTEXT_HEADER_SIZE },
    membersOf(ARM_CONTEXT_LAYOUT, { type: ({ value }) => ({ text: armContextName(Number(value)) ?? 'reserved' }) })
  )
  const from = at + ARM_CONTEXT_HEADER_SIZE
  if (from >= bytes.length) return header
  const end = Math.min(from + registersSize, bytes.length)
  const registers =
    end > from ? registerFields(numberAt(bytes, at, ARM_CONTEXT_LAYOUT.type), bytes.subarray(0, end), from) : []
  const children = [...(header.children ?? []), ...registers]
  return {
    ...header,
    length: bytes.length - at,
    children: end < bytes.length ? [...children, rawField('padding', bytes, end, bytes.length, 'reserved')] : children
  }
}

/** Registers up to the end of the bytes; what follows the last one of the type has no name. */
function registerFields(type: number, bytes: Uint8Array, from: number): readonly Field[] {
  const layout = armContextLayout(type)
  if (layout === undefined) return [rawField('registers', bytes, from, bytes.length, 'unknown')]
  const encoding: Describe = ({ value }) => ({ text: systemRegisterName(Number(value)) })
  const members = membersOf(layout, { encoding }).map((member) => ({
    ...member,
    describe: member.describe ?? register
  }))
  const size = Math.max(...members.map((member) => member.offset + member.size))
  const field = structure({ name: 'registers', bytes, at: from, size }, members)
  return withRest(field.children ?? [], bytes, from + size, bytes.length, 'further registers', 'unknown')
}

function vendorFields(bytes: Uint8Array, from: number, isMarked: boolean): readonly Field[] {
  if (from >= bytes.length) return []
  const field = rawField(isMarked ? 'vendor' : 'unmarkedVendor', bytes, from, bytes.length, 'unknown')
  return [{ ...field, valid: isMarked }]
}

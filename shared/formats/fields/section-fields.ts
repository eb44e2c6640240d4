import type { Layout } from '../layout.ts'
import {
  FIRMWARE_RECORD_REFERENCE_LAYOUT,
  FIRMWARE_RECORD_REFERENCE_OLD_SIZE,
  FIRMWARE_RECORD_REFERENCE_SIZE,
  FIRMWARE_RECORD_TYPE
} from '../firmware-record-reference.ts'
import { ERROR_STATUS_TYPE, GENERIC_ERROR_STATUS_PARTS } from '../generic-error-status.ts'
import { MEMORY_2_FIELDS, MEMORY_2_UNCORRECTED } from '../memory-section-2.ts'
import { MEMORY_ERROR_TYPE, MEMORY_FIELDS, MEMORY_SECTION_OLD_SIZE } from '../memory-section.ts'
import { PCIE_FIELDS, PCIE_PORT_TYPE } from '../pcie-section.ts'
import {
  PROCESSOR_ERROR_TYPE,
  PROCESSOR_FLAG,
  PROCESSOR_GENERIC_FIELDS,
  PROCESSOR_INSTRUCTION_SET,
  PROCESSOR_OPERATION,
  PROCESSOR_TYPE
} from '../processor-generic-section.ts'
import { SECTION_TYPE_NAME } from '../section-names.ts'
import { sectionKind, type SectionKind } from '../sections.ts'
import type { FieldRow, FieldTable } from '../validated-fields.ts'
import { armProcessorFields } from './arm-processor-fields.ts'
import { code, guid, word } from './describe.ts'
import type { Field } from './field.ts'
import { lowWordAt, numberAt } from './numbers.ts'
import { membersOf, rawField, structure, withRest, type Descriptions } from './structure.ts'
import { validatedStructure, validationOf } from './validated.ts'

/** The fields of a section body from `at` to the end of the bytes. */
type SectionFields = (name: string, bytes: Uint8Array, at: number) => Field

const VALIDATION = { validation: [0, 'u64'] } as const satisfies Layout
const errorStatus = word(GENERIC_ERROR_STATUS_PARTS, { type: (type) => ERROR_STATUS_TYPE.get(type) ?? 'reserved' })
const MEMORY = { errorStatus, errorType: code(MEMORY_ERROR_TYPE) } as const
const PROCESSOR_GENERIC: Descriptions = {
  processorType: code(PROCESSOR_TYPE),
  instructionSet: code(PROCESSOR_INSTRUCTION_SET),
  errorType: word({
    cache: PROCESSOR_ERROR_TYPE.cache,
    TLB: PROCESSOR_ERROR_TYPE.TLB,
    bus: PROCESSOR_ERROR_TYPE.bus,
    microArchitectural: PROCESSOR_ERROR_TYPE.microArchitectural
  }),
  operation: code(PROCESSOR_OPERATION),
  flags: word(PROCESSOR_FLAG)
}

/** The body of a section of fixed size with a word of validation bits, and what is behind it. */
function fixed(table: FieldTable<readonly FieldRow[]>, descriptions: Descriptions): SectionFields {
  const described = { ...descriptions, validation: validationOf(table) }
  return (name, bytes, at) => {
    const length = bytes.length - at
    const oldForm = table === MEMORY_FIELDS && length === MEMORY_SECTION_OLD_SIZE
    const size = oldForm ? length : table.size
    const fields = validatedStructure({ name, bytes, at, size }, table, lowWordAt(bytes, at), VALIDATION, described)
    return appended(fields, bytes, at + table.size)
  }
}

function appended(field: Field, bytes: Uint8Array, from: number): Field {
  if (from >= bytes.length) return field
  const children = withRest(field.children ?? [], bytes, from, bytes.length, 'rest')
  return { ...field, length: bytes.length - field.offset, children }
}

const firmwareRecordReference: SectionFields = (name, bytes, at) => {
  const { recordGuid, ...old } = FIRMWARE_RECORD_REFERENCE_LAYOUT
  const hasGuid = numberAt(bytes, at, old.revision) >= 1 && bytes.length - at > FIRMWARE_RECORD_REFERENCE_OLD_SIZE
  const size = hasGuid ? FIRMWARE_RECORD_REFERENCE_SIZE : FIRMWARE_RECORD_REFERENCE_OLD_SIZE
  const members = membersOf(hasGuid ? { ...old, recordGuid } : old, {
    type: code(FIRMWARE_RECORD_TYPE),
    recordGuid: guid
  })
  const field = structure({ name, bytes, at, size }, members)
  const from = at + size
  if (from >= bytes.length) return field
  const data = rawField('data', bytes, from, bytes.length)
  return { ...field, length: bytes.length - at, children: [...(field.children ?? []), data] }
}

/** As the decoders of `sections.ts`: a new section type is a row in both. */
const SECTION_FIELDS: { readonly [Kind in SectionKind]: SectionFields } = {
  processorGeneric: fixed(PROCESSOR_GENERIC_FIELDS, PROCESSOR_GENERIC),
  processorArm: armProcessorFields,
  platformMemory: fixed(MEMORY_FIELDS, MEMORY),
  platformMemory2: fixed(MEMORY_2_FIELDS, { ...MEMORY, status: word({ uncorrected: MEMORY_2_UNCORRECTED }) }),
  pciExpress: fixed(PCIE_FIELDS, { portType: code(PCIE_PORT_TYPE) }),
  firmwareRecordReference
}

/** The fields of a section body of a known type, which ends with the bytes. */
export function knownSectionFields(kind: SectionKind, name: string, bytes: Uint8Array, at: number): Field {
  return SECTION_FIELDS[kind](name, bytes, at)
}

/** The body of a section from `from` to `to`; of a type without a decoder here it stays bytes and says so. */
export function sectionFields(sectionType: string, bytes: Uint8Array, from: number, to: number): Field {
  const kind = sectionKind(sectionType)
  const name = SECTION_TYPE_NAME.get(sectionType) ?? 'unknown section'
  if (kind !== undefined) return knownSectionFields(kind, name, bytes.subarray(0, to), from)
  return { ...rawField(name, bytes, from, to, 'unknown'), text: `sections of type ${sectionType} have no decoder here` }
}

/** A section behind its header, where it has bytes. */
export function bodyFields(sectionType: string, bytes: Uint8Array, from: number, to: number): readonly Field[] {
  return from < to ? [sectionFields(sectionType, bytes, from, to)] : []
}

import { ABORT_PARTS, ACCESS_PARTS, FSC_NAME, ISV_PART, SET_VALUE } from '../esr-abort.ts'
import { AET_VALUE, DFSC_SERROR, SERROR_IDS_PARTS, SERROR_PARTS } from '../esr-serror.ts'
import { decodeEsr, EC, ESR_PARTS, ISS_PARTS, isDataAbort, isInstructionAbort } from '../esr.ts'
import { ERR_CE, ERR_RECORD_OFFSET, ERR_RECORD_SIZE, ERR_SERR, ERR_STATUS_FIELDS, ERR_UET } from '../err-record.ts'
import type { Layout, WordParts } from '../layout.ts'
import { register, setFlags } from './describe.ts'
import type { Field } from './field.ts'
import { membersOf, structure, withRest, type Describe, type Span } from './structure.ts'
import { partOf, wordFields, type PartTexts } from './word.ts'

const named = (codes: Readonly<Record<string, number>>) => {
  const names = new Map(Object.entries(codes).map(([name, value]) => [value, name]))
  return (value: number): string => names.get(value) ?? 'reserved'
}

/** What an exception class is called. */
const EC_NAME: ReadonlyMap<number, string> = new Map([
  [EC.hvc64, 'HVC, AArch64'],
  [EC.smc64, 'SMC, AArch64'],
  [EC.instructionAbortLowerEl, 'instruction abort from a lower exception level'],
  [EC.instructionAbortSameEl, 'instruction abort from the same exception level'],
  [EC.dataAbortLowerEl, 'data abort from a lower exception level'],
  [EC.dataAbortSameEl, 'data abort from the same exception level'],
  [EC.serror, 'SError']
])

const faultStatus = (value: number): string => FSC_NAME.get(value) ?? 'reserved'

const ESR: PartTexts = {
  ec: (value) => EC_NAME.get(value) ?? 'another exception class',
  il: (value) => (value === 1 ? '32-bit instruction' : '16-bit instruction'),
  isv: (value) => (value === 1 ? 'the access is described' : 'the access is not described'),
  fsc: faultStatus,
  dfsc: (value) => (value === 0 ? 'uncategorised' : value === DFSC_SERROR ? 'asynchronous SError' : 'reserved'),
  set: named(SET_VALUE),
  aet: named(AET_VALUE),
  wnr: (value) => (value === 1 ? 'write' : 'read'),
  fnv: (value) => (value === 1 ? 'FAR is not valid' : 'FAR is valid'),
  ids: (value) => (value === 1 ? 'the rest is implementation defined' : undefined),
  sas: (value) => `${2 ** value} bytes`,
  srt: (value) => `x${value}`
}

function esrParts(esr: bigint): WordParts {
  if (isDataAbort(esr)) {
    return { ...ESR_PARTS, ...ABORT_PARTS, ...((esr & ISV_PART.isv) === 0n ? ISV_PART : ACCESS_PARTS) }
  }
  if (isInstructionAbort(esr)) return { ...ESR_PARTS, ...ABORT_PARTS }
  return { ...ESR_PARTS, ...(decodeEsr(esr).ec === EC.serror ? serrorParts(esr) : ISS_PARTS) }
}

const serrorParts = (esr: bigint): WordParts => ((esr & SERROR_PARTS.ids) === 0n ? SERROR_PARTS : SERROR_IDS_PARTS)

/** A syndrome in the parts that its exception class has. */
export const esr: Describe = (field) => {
  const value = typeof field.value === 'bigint' ? field.value : 0n
  const children = wordFields(field, esrParts(value), ESR)
  const name = ESR.ec?.(decodeEsr(value).ec)
  return { ...(name === undefined ? {} : { text: name }), children }
}

/** The syndrome of an SError without its class, as KVM takes it. */
export const serrorIss: Describe = (field) => ({
  children: wordFields(field, serrorParts(typeof field.value === 'bigint' ? field.value : 0n), ESR)
})

const STATUS_PARTS: WordParts = Object.fromEntries(
  ERR_STATUS_FIELDS.map(([name, shift, width]) => [name, partOf(shift, width, width === 1)])
)

const STATUS: PartTexts = {
  ce: named(ERR_CE),
  uet: named(ERR_UET),
  serr: (value) => ERR_SERR[value] ?? 'reserved'
}

const errStatus: Describe = (field) => {
  const children = wordFields(field, STATUS_PARTS, STATUS)
  return { ...setFlags(children), children }
}

const oneRegister =
  (name: string, describe: Describe) =>
  (bytes: Uint8Array): Field => {
    const field = structure({ name, bytes, at: 0, size: 8 }, membersOf({ [name]: [0, 'u64'] }, { [name]: describe }))
    const [whole] = field.children ?? []
    return bytes.length === 8 && whole !== undefined ? whole : behind(field, bytes, { name, bytes, at: 0, size: 8 })
  }

/** The field of a structure at the start of the bytes with what is behind it. */
export function behind(field: Field, bytes: Uint8Array, { size }: Span): Field {
  if (bytes.length <= size) return field
  const children = withRest(field.children ?? [], bytes, size, bytes.length, 'behind')
  return { ...field, length: bytes.length, children }
}

export const esrFields = oneRegister('ESR_ELx', esr)
export const serrorIssFields = oneRegister('ISS of an SError', serrorIss)
export const errStatusFields = oneRegister('ERR<n>STATUS', errStatus)

const RECORD: Layout = Object.fromEntries(
  Object.entries(ERR_RECORD_OFFSET).map(([name, at]) => [name, [at, 'u64'] as const])
)

/** The registers of an error record as they lie in its memory-mapped view. */
export function errRecordFields(bytes: Uint8Array): Field {
  const span = { name: 'error record', bytes, at: 0, size: ERR_RECORD_SIZE }
  const members = membersOf(RECORD, { STATUS: errStatus }).map((member) => ({
    ...member,
    describe: member.describe ?? register
  }))
  return behind(structure(span, members), bytes, span)
}

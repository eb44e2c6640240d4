import { requireBert } from '../bert.ts'
import { detectContainer } from '../container.ts'
import { ERR_RECORD_SIZE } from '../err-record.ts'
import { decodeSetErrorType } from '../einj.ts'
import { ERROR_STATUS_HEADER_SIZE } from '../error-status-block.ts'
import { requireBytes, type Fault } from '../format-error.ts'
import { SECTION_TYPE } from '../guid.ts'
import { decodeHest } from '../hest.ts'
import { decodeKvmRunArmSea } from '../kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents } from '../kvm-vcpu-events.ts'
import { SECTION_TYPE_NAME } from '../section-names.ts'
import type { SectionKind } from '../sections.ts'
import { decodeSiginfo } from '../siginfo.ts'
import { bertFields, hestFields } from './acpi-fields.ts'
import { cperRecordFields } from './cper-record-fields.ts'
import type { Field, FieldMap } from './field.ts'
import { armSeaFields, setErrorTypeFields, siginfoFields, vcpuEventsFields } from './kernel-fields.ts'
import { cperRecordProblems, problemsOf, sectionProblems, statusBlockProblems } from './problems.ts'
import { errRecordFields, errStatusFields, esrFields, serrorIssFields } from './register-fields.ts'
import { knownSectionFields } from './section-fields.ts'
import { statusBlockFields, statusHeaderFields } from './status-block-fields.ts'
import { rawField } from './structure.ts'

/** What bytes can be told to be. `error-record` is a status block or a UEFI CPER record, by its first bytes. */
export type FieldKind =
  | 'error-record'
  | 'error-status-block'
  | 'error-status-header'
  | 'cper-record'
  | SectionKind
  | 'hest'
  | 'bert'
  | 'siginfo'
  | 'kvm-vcpu-events'
  | 'kvm-run-arm-sea'
  | 'esr'
  | 'serror-iss'
  | 'err-status'
  | 'err-record'
  | 'set-error-type'
  | 'memory'

/** How bytes of a kind are taken apart, and which rules they break. */
interface Mapping {
  readonly title: string
  readonly fields: (bytes: Uint8Array) => Field
  readonly problems: (bytes: Uint8Array) => readonly Fault[]
}

/** A kind whose problem is the rule at which its decoder stops. */
const decodedBy = (
  title: string,
  fields: (bytes: Uint8Array) => Field,
  decode: (bytes: Uint8Array) => unknown
): Mapping => ({ title, fields, problems: (bytes) => problemsOf(decode, bytes) })

const ofSize = (title: string, size: number, fields: (bytes: Uint8Array) => Field): Mapping =>
  decodedBy(title, fields, (bytes) => requireBytes(bytes, 0, size, title))

function section(kind: SectionKind): Mapping {
  const type = SECTION_TYPE[kind]
  const title = SECTION_TYPE_NAME.get(type) ?? kind
  return {
    title,
    fields: (bytes) => knownSectionFields(kind, title, bytes, 0),
    problems: (bytes) => sectionProblems(type, bytes)
  }
}

const statusBlock: Mapping = {
  title: 'generic error status block',
  fields: statusBlockFields,
  problems: statusBlockProblems
}
const cperRecord: Mapping = { title: 'UEFI CPER record', fields: cperRecordFields, problems: cperRecordProblems }
const container = (bytes: Uint8Array): Mapping =>
  bytes.length >= 4 && detectContainer(bytes) === 'cper-record' ? cperRecord : statusBlock

const KINDS: { readonly [Kind in FieldKind]: Mapping } = {
  'error-record': {
    title: 'error record',
    fields: (bytes) => container(bytes).fields(bytes),
    problems: (bytes) => container(bytes).problems(bytes)
  },
  'error-status-block': statusBlock,
  'error-status-header': ofSize('header of a status block', ERROR_STATUS_HEADER_SIZE, statusHeaderFields),
  'cper-record': cperRecord,
  processorGeneric: section('processorGeneric'),
  processorArm: section('processorArm'),
  platformMemory: section('platformMemory'),
  platformMemory2: section('platformMemory2'),
  pciExpress: section('pciExpress'),
  firmwareRecordReference: section('firmwareRecordReference'),
  hest: decodedBy('Hardware Error Source Table', hestFields, decodeHest),
  bert: decodedBy('Boot Error Record Table', bertFields, requireBert),
  siginfo: decodedBy('siginfo_t', siginfoFields, decodeSiginfo),
  'kvm-vcpu-events': decodedBy('struct kvm_vcpu_events', vcpuEventsFields, decodeKvmVcpuEvents),
  'kvm-run-arm-sea': decodedBy('kvm_run.arm_sea', armSeaFields, decodeKvmRunArmSea),
  esr: ofSize('ESR_ELx', 8, esrFields),
  'serror-iss': ofSize('ISS of an SError', 8, serrorIssFields),
  'err-status': ofSize('ERR<n>STATUS', 8, errStatusFields),
  'err-record': ofSize('registers of an error record', ERR_RECORD_SIZE, errRecordFields),
  'set-error-type': decodedBy('SET_ERROR_TYPE_WITH_ADDRESS', setErrorTypeFields, decodeSetErrorType),
  memory: {
    title: 'memory',
    fields: (bytes) => rawField('memory', bytes, 0, bytes.length, 'unknown'),
    problems: () => []
  }
}

export const FIELD_KINDS = Object.keys(KINDS) as readonly FieldKind[]

/** What a kind is called. */
export function titleOf(kind: FieldKind): string {
  return KINDS[kind].title
}

/**
 * The fields of bytes and the rules that they break. Never throws for what the bytes hold: a map goes up to the damage, and
 * what is behind that is a field of bytes. What is missing is a problem at the end of the bytes.
 */
export function fieldsOf(kind: FieldKind, bytes: Uint8Array): FieldMap {
  const { fields, problems } = KINDS[kind]
  const within = problems(bytes).map((fault) => ({ ...fault, offset: Math.min(fault.offset, bytes.length) }))
  return { root: fields(bytes), problems: within }
}

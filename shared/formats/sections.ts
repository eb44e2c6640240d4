import {
  decodeArmProcessorSection,
  encodeArmProcessorSection,
  type ArmProcessorSection
} from './arm-processor-section.ts'
import {
  decodeFirmwareRecordReference,
  encodeFirmwareRecordReference,
  type FirmwareRecordReference
} from './firmware-record-reference.ts'
import { faultOf, type Fault } from './format-error.ts'
import { SECTION_TYPE } from './guid.ts'
import { decodeMemorySection2, encodeMemorySection2, type MemorySection2 } from './memory-section-2.ts'
import { decodeMemorySection, encodeMemorySection, type MemorySection } from './memory-section.ts'
import { decodePcieSection, encodePcieSection, type PcieSection } from './pcie-section.ts'
import {
  decodeProcessorGenericSection,
  encodeProcessorGenericSection,
  type ProcessorGenericSection
} from './processor-generic-section.ts'
import { SECTION_TYPE_NAME } from './section-names.ts'

/** What the body of each known section type becomes. */
interface SectionBodies {
  processorGeneric: ProcessorGenericSection
  processorArm: ArmProcessorSection
  platformMemory: MemorySection
  platformMemory2: MemorySection2
  pciExpress: PcieSection
  firmwareRecordReference: FirmwareRecordReference
}
export type SectionKind = keyof SectionBodies

interface Codec<Body> {
  readonly decode: (bytes: Uint8Array) => Body
  readonly encode: (body: Body) => Uint8Array
}

/** The section types whose bodies are understood; a new one is a file and a row. */
const CODECS: { readonly [Kind in SectionKind]: Codec<SectionBodies[Kind]> } = {
  processorGeneric: { decode: decodeProcessorGenericSection, encode: encodeProcessorGenericSection },
  processorArm: { decode: (bytes) => decodeArmProcessorSection(bytes), encode: encodeArmProcessorSection },
  platformMemory: { decode: decodeMemorySection, encode: encodeMemorySection },
  platformMemory2: { decode: decodeMemorySection2, encode: encodeMemorySection2 },
  pciExpress: { decode: decodePcieSection, encode: encodePcieSection },
  firmwareRecordReference: { decode: decodeFirmwareRecordReference, encode: encodeFirmwareRecordReference }
}

const KIND_OF: ReadonlyMap<string, SectionKind> = new Map(
  (Object.keys(CODECS) as SectionKind[]).map((kind) => [SECTION_TYPE[kind], kind])
)

export type KnownSection = {
  [Kind in SectionKind]: {
    readonly unknown: false
    readonly kind: Kind
    readonly sectionType: string
    readonly name: string
    readonly body: SectionBodies[Kind]
  }
}[SectionKind]

/** A section without a decoder here: its bytes and its GUID. It may have a name. */
export interface UnknownSection {
  readonly unknown: true
  readonly sectionType: string
  readonly name?: string
  readonly bytes: Uint8Array
}

export type Section = KnownSection | UnknownSection

/** Which decoder a section type GUID has, if it has one. */
export function sectionKind(sectionType: string): SectionKind | undefined {
  return KIND_OF.get(sectionType)
}

function decodeAs<Kind extends SectionKind>(kind: Kind, bytes: Uint8Array): SectionBodies[Kind] {
  return CODECS[kind].decode(bytes)
}

/** Body of a section, of an error data entry or a CPER record alike; throws FormatError when the body is malformed. */
export function decodeSection(sectionType: string, bytes: Uint8Array): Section {
  const kind = KIND_OF.get(sectionType)
  const name = SECTION_TYPE_NAME.get(sectionType)
  if (kind === undefined || name === undefined) {
    return { unknown: true, sectionType, ...(name === undefined ? {} : { name }), bytes }
  }
  return { unknown: false, kind, sectionType, name, body: decodeAs(kind, bytes) } as KnownSection
}

/** A section of a known type whose body breaks a rule: its bytes, and the rule. */
export interface FaultySection extends UnknownSection {
  readonly fault: Fault
}

/** As `decodeSection`, for readers that go on: a malformed body stays bytes. */
export function readSection(sectionType: string, bytes: Uint8Array): Section | FaultySection {
  try {
    return decodeSection(sectionType, bytes)
  } catch (error) {
    const name = SECTION_TYPE_NAME.get(sectionType)
    return { unknown: true, sectionType, ...(name === undefined ? {} : { name }), bytes, fault: faultOf(error) }
  }
}

function encodeAs<Kind extends SectionKind>(kind: Kind, body: SectionBodies[Kind]): Uint8Array {
  return CODECS[kind].encode(body)
}

/** Bytes of the body; throws FormatError when a value does not fit. */
export function encodeSection(section: Section): Uint8Array {
  return section.unknown ? section.bytes : encodeAs(section.kind, section.body as never)
}

import { isDeepStrictEqual } from 'node:util'
import { decodeArmProcessorSection, encodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import {
  decodeArmBusInformation,
  decodeArmCacheInformation,
  encodeArmBusInformation,
  encodeArmCacheInformation
} from '../../shared/formats/arm-error-information.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { decodeCperRecord, encodeCperRecord } from '../../shared/formats/cper-record.ts'
import {
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  encodeErrorStatusBlock,
  errorStatusLength
} from '../../shared/formats/error-status-block.ts'
import { decodeEsr, encodeEsr, isDataAbort } from '../../shared/formats/esr.ts'
import { decodeAbort, encodeDataAbort, encodeInstructionAbort } from '../../shared/formats/esr-abort.ts'
import { decodeSError, encodeSError } from '../../shared/formats/esr-serror.ts'
import {
  decodeFirmwareRecordReference,
  encodeFirmwareRecordReference
} from '../../shared/formats/firmware-record-reference.ts'
import { requireBytes } from '../../shared/formats/format-error.ts'
import { decodeGenericErrorStatus, encodeGenericErrorStatus } from '../../shared/formats/generic-error-status.ts'
import { decodeHest, encodeHest } from '../../shared/formats/hest.ts'
import { decodeKvmRunArmSea, encodeKvmRunArmSea } from '../../shared/formats/kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents, encodeKvmVcpuEvents } from '../../shared/formats/kvm-vcpu-events.ts'
import { decodeMemorySection2, encodeMemorySection2 } from '../../shared/formats/memory-section-2.ts'
import { decodeMemorySection, encodeMemorySection } from '../../shared/formats/memory-section.ts'
import { decodePcieSection, encodePcieSection } from '../../shared/formats/pcie-section.ts'
import {
  decodeProcessorGenericSection,
  encodeProcessorGenericSection
} from '../../shared/formats/processor-generic-section.ts'
import { decodeSiginfo, encodeSiginfo } from '../../shared/formats/siginfo.ts'
import { decodeTimestamp, encodeTimestamp } from '../../shared/formats/timestamp.ts'
import {
  ARM_HEADER_BYTES,
  CPER_HEADER_BYTES,
  ENTRY_BYTES,
  FIRMWARE_BYTES,
  GENERIC_BYTES,
  HEST_SOURCE_BYTES,
  MEMORY_2_BYTES,
  MEMORY_BYTES,
  PCIE_BYTES,
  SIGINFO_BYTES,
  STATUS_BLOCK_BYTES,
  VCPU_EVENTS_BYTES,
  type Layout,
  type Value
} from './exact-layouts.ts'
import { recordedBlock } from './hex.ts'
import { CPER_RECORD, LINUX_MEMORY_BLOCK, QEMU_ARM_BLOCK, QEMU_HEST, QEMU_MEMORY_BLOCK } from './worked-examples.ts'
import { WHOLE_RECORD } from './whole-record.ts'

export interface Field {
  readonly name: string
  /** Offset and length of the bytes that may change. */
  readonly bytes: readonly (readonly [number, number])[]
  /** The value with another value in this field; undefined when it has no such field now. */
  readonly change: (value: unknown, number: () => number) => unknown
  readonly verify?: (changed: unknown, again: unknown) => void
}

export interface Codec {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly decode: (bytes: Uint8Array) => unknown
  readonly encode: (value: unknown) => Uint8Array
  /** Bytes of the structure at the start of what is given. */
  readonly extent: (bytes: Uint8Array) => number
  /** Of the mutated inputs, at least so many are accepted. */
  readonly least: number
  readonly fields?: readonly Field[]
}

const whole = WHOLE_RECORD
const section = (from: number, length: number): Uint8Array => whole.slice(from, from + length)
const all = (bytes: Uint8Array): number => bytes.length
const first = (size: number) => (): number => size
const u32At = (offset: number) => (bytes: Uint8Array) => viewOf(bytes).getUint32(offset)

function codec<T>(
  name: string,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  {
    extent = all,
    least = 200,
    layout,
    at = []
  }: Partial<Pick<Codec, 'extent' | 'least'>> & {
    layout?: Layout
    /** The member of the value that the layout is of. */
    at?: readonly [member: string, offset: number] | []
  } = {}
): Codec {
  const fields = layout === undefined ? {} : { fields: fieldsOf(layout, at) }
  return {
    name,
    seeds,
    decode: (bytes) => decode(bytes),
    encode: (value) => encode(value as T),
    extent,
    least,
    ...fields
  }
}

/** Bodies of a record that lie over something else change with it, so nobody can change one alone. */
function overlaps({ sections }: Value): boolean {
  return Array.isArray(sections) && sections.some(({ offset }: Value) => offset !== undefined)
}

/** Each row of a layout as a change of one field, of the value or of the first of its `member`. */
function fieldsOf(layout: Layout, at: readonly [string, number] | []): readonly Field[] {
  const [member, from = 0] = at
  const read = (value: unknown): Value | undefined =>
    member === undefined ? (value as Value) : ((value as Value)[member] as readonly Value[])[0]
  return layout.map(({ field, places, make, stays }) => ({
    name: field,
    bytes: places.map(([offset, length]) => [from + offset, length] as const),
    change(value, number) {
      const one = read(value)
      if (one === undefined || overlaps(value as Value) || (stays === true && one[field] === undefined))
        return undefined
      const other = { ...one, [field]: make(number) }
      if (member === undefined) return other
      const rest = ((value as Value)[member] as readonly Value[]).slice(1)
      return { ...(value as Value), [member]: [other, ...rest] }
    },
    verify(changed, again) {
      const wanted = read(changed)?.[field]
      if (isDeepStrictEqual(read(again)?.[field], wanted)) return
      throw new Error(`${field} is ${String(wanted)}, and is read as ${String(read(again)?.[field])}`)
    }
  }))
}

function wordOf(bytes: Uint8Array): bigint {
  requireBytes(bytes, 0, 8, 'a word')
  return viewOf(bytes).getBigUint64(0)
}

/** A 64-bit word as eight bytes. */
function word<T>(
  name: string,
  seeds: readonly bigint[],
  decode: (word: bigint) => T,
  encode: (value: T) => bigint
): Codec {
  const bytesOf = (value: bigint): Uint8Array => {
    const bytes = new Uint8Array(8)
    viewOf(bytes).setBigUint64(0, value)
    return bytes
  }
  return codec(
    name,
    seeds.map(bytesOf),
    (bytes) => decode(wordOf(bytes)),
    (value) => bytesOf(encode(value)),
    { extent: first(8), least: 50 }
  )
}

const abort = (value: ReturnType<typeof decodeAbort> & { readonly isData: boolean }): bigint =>
  value.isData ? encodeDataAbort(value) : encodeInstructionAbort(value)

const BLOCKS = [
  QEMU_MEMORY_BLOCK,
  QEMU_ARM_BLOCK,
  LINUX_MEMORY_BLOCK,
  recordedBlock('polled-two-sections'),
  recordedBlock('polled-vendor-section-fru'),
  encodeErrorStatusBlock({
    blockStatus: 0x11,
    severity: 2,
    entries: decodeErrorStatusBlock(LINUX_MEMORY_BLOCK).entries,
    gap: new Uint8Array(12).fill(0xee),
    rawData: new Uint8Array(9).fill(7)
  })
]
const withGaps = (): Uint8Array => {
  const record = decodeCperRecord(whole)
  const sections = record.sections.map((one, i) => (i % 2 === 1 ? one : { ...one, gap: new Uint8Array(5).fill(i + 1) }))
  return encodeCperRecord({ ...record, sections, slack: new Uint8Array(11).fill(0xdd) })
}

export const CODECS: readonly Codec[] = [
  codec('status block', BLOCKS, decodeErrorStatusBlock, encodeErrorStatusBlock, {
    extent: (bytes) => errorStatusLength(decodeErrorStatusHeader(bytes)),
    layout: STATUS_BLOCK_BYTES
  }),
  codec('error data entry', BLOCKS, decodeErrorStatusBlock, encodeErrorStatusBlock, {
    extent: (bytes) => errorStatusLength(decodeErrorStatusHeader(bytes)),
    layout: ENTRY_BYTES,
    at: ['entries', 20]
  }),
  codec('CPER record', [CPER_RECORD, whole, withGaps()], decodeCperRecord, encodeCperRecord, {
    extent: u32At(20),
    least: 100,
    layout: CPER_HEADER_BYTES
  }),
  codec(
    'ARM processor section',
    [section(640, 118), QEMU_ARM_BLOCK.slice(92)],
    decodeArmProcessorSection,
    encodeArmProcessorSection,
    {
      least: 100,
      layout: ARM_HEADER_BYTES
    }
  ),
  codec('memory section', [section(560, 80), section(560, 73)], decodeMemorySection, encodeMemorySection, {
    layout: MEMORY_BYTES
  }),
  codec('memory section 2', [section(560, 96)], decodeMemorySection2, encodeMemorySection2, { layout: MEMORY_2_BYTES }),
  codec('PCI Express section', [section(950, 208)], decodePcieSection, encodePcieSection, { layout: PCIE_BYTES }),
  codec(
    'processor generic section',
    [section(758, 192)],
    decodeProcessorGenericSection,
    encodeProcessorGenericSection,
    {
      layout: GENERIC_BYTES
    }
  ),
  codec(
    'firmware record reference',
    [section(1158, 32), new Uint8Array(40), section(1158, 16)],
    decodeFirmwareRecordReference,
    encodeFirmwareRecordReference,
    { layout: FIRMWARE_BYTES }
  ),
  codec(
    'siginfo',
    [new Uint8Array(128), encodeSiginfo({ signo: 7, code: 4, address: 1n, addressLsb: 12 })],
    decodeSiginfo,
    encodeSiginfo,
    {
      extent: first(128),
      layout: SIGINFO_BYTES
    }
  ),
  codec('kvm_vcpu_events', [new Uint8Array(64)], decodeKvmVcpuEvents, encodeKvmVcpuEvents, {
    extent: first(64),
    layout: VCPU_EVENTS_BYTES
  }),
  codec(
    'kvm_run.arm_sea',
    [encodeKvmRunArmSea({ esr: 0x92000010n, guestVirtual: 1n, guestPhysical: 2n })],
    decodeKvmRunArmSea,
    encodeKvmRunArmSea,
    {
      extent: first(32)
    }
  ),
  codec('HEST', [QEMU_HEST], (bytes) => decodeHest(summed(bytes)), encodeHest, {
    extent: u32At(4),
    least: 100,
    layout: HEST_SOURCE_BYTES,
    at: ['sources', 40]
  }),
  word('ESR_ELx', [0x96000410n, 0xbe000011n], decodeEsr, encodeEsr),
  word(
    'ESR of an abort',
    [0x96000410n, 0x92c1_0a10n, 0x82000010n],
    (esr) => ({ ...decodeAbort(esr), isData: isDataAbort(esr) }),
    abort
  ),
  word('ESR of an SError', [0xbe000011n, 0xbf000002n], decodeSError, encodeSError),
  word('error status', [0x550400n], decodeGenericErrorStatus, encodeGenericErrorStatus),
  word('error information of a cache', [0x91000fn], decodeArmCacheInformation, encodeArmCacheInformation),
  word('error information of a bus', [0x085b_da41_0fffn], decodeArmBusInformation, encodeArmBusInformation),
  word('timestamp', [0x20_26_12_31_01_23_59_30n], decodeTimestamp, encodeTimestamp)
]

/** In place: the bytes of a table sum to zero, as those that a reader takes do. */
function summed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 40) return bytes
  const length = Math.min(bytes.length, viewOf(bytes).getUint32(4))
  if (length < 40) return bytes
  bytes[9] = 0
  bytes[9] = -bytes.subarray(0, length).reduce((sum, byte) => (sum + byte) & 0xff, 0) & 0xff
  return bytes
}

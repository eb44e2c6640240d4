import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeFirmwareRecordReference } from '../../shared/formats/firmware-record-reference.ts'
import { encodeMemorySection, type MemorySection } from '../../shared/formats/memory-section.ts'
import { encodePcieSection, type PcieSection } from '../../shared/formats/pcie-section.ts'
import {
  encodeProcessorGenericSection,
  type ProcessorGenericSection
} from '../../shared/formats/processor-generic-section.ts'
import { encodeAerRegisters } from '../../shared/linux/cper/aer-registers.ts'
import { MEMORY_LINES, rowFields } from '../../shared/linux/cper/cper-mem-err.ts'
import { FIRMWARE_RECORD_LINES } from '../../shared/linux/cper/cper-print-fw-err.ts'
import { AER_LINES, PCIE_LINES } from '../../shared/linux/cper/cper-print-pcie.ts'
import { PROCESSOR_GENERIC_LINES } from '../../shared/linux/cper/cper-print-proc-generic.ts'
import { parseAny, type Values } from '../../shared/linux/cper/line-form.ts'
import { armReader, type ArmReaderOptions } from './read-arm-section.ts'
import { assume, type Assumption } from './assumption.ts'
import { OLDER_MEMORY_LINES } from './older-wordings.ts'
import { dumpReader, rowsReader, type SectionReader } from './section-reader.ts'

const UNSHOWN = 'no line shows it'

function encodeMemory(values: Values): ReturnType<SectionReader['finish']> {
  const { row, dimm, ...fields } = values as Values & { readonly row?: number; readonly dimm?: string }
  const rows = row === undefined ? {} : rowFields(row)
  const section: MemorySection = { ...fields, ...rows }
  return {
    payload: encodeMemorySection(section),
    assumptions: [
      assume('Section Length', '80', 'the form of 73 bytes prints the same lines'),
      assume('Card Handle', 'absent', UNSHOWN),
      ...(row === undefined || row > 0xffff
        ? []
        : [assume('Row', 'only the 16-bit field', 'a valid Extended field of 0 prints the same')]),
      ...(dimm === undefined
        ? []
        : [
            assume(
              'Module Handle',
              'absent',
              `"${dimm}" is what this machine's SMBIOS calls a handle that no line shows`
            )
          ])
    ]
  }
}

/** What no line shows of a PCIe section. */
function encodePcie(values: Values): ReturnType<SectionReader['finish']> {
  const { serialLower, serialUpper, header0, header1, header2, header3, ...rest } = values as Readonly<
    Record<string, number | undefined>
  >
  const { corStatus, corMask, uncorStatus, uncorMask, uncorSeverity, ...fields } = rest
  const registers = Object.entries({ corStatus, corMask, uncorStatus, uncorMask, uncorSeverity }).filter(
    (entry): entry is [string, number] => entry[1] !== undefined
  )
  const hasAer = registers.length > 0
  const headerLog = [header0, header1, header2, header3].map((word) => word ?? 0)
  const serial = serialLower === undefined ? undefined : (BigInt(serialUpper ?? 0) << 32n) | BigInt(serialLower)
  const section: PcieSection = {
    ...fields,
    ...(serial === undefined ? {} : { serialNumber: serial }),
    ...(hasAer ? { aer: encodeAerRegisters({ ...Object.fromEntries(registers), headerLog }) } : {})
  }
  return {
    payload: encodePcieSection(section),
    assumptions: [
      assume('PCI Express capability structure', 'absent', UNSHOWN),
      hasAer
        ? assume('AER registers without a line', 'zero', UNSHOWN)
        : assume('AER registers', 'absent', 'kernels before 6.12 print them of a fatal section only')
    ]
  }
}

function encodeGeneric(values: Values): ReturnType<SectionReader['finish']> {
  const section: ProcessorGenericSection = values
  return {
    payload: encodeProcessorGenericSection(section),
    assumptions: [assume('CPU Brand String', 'absent', UNSHOWN)]
  }
}

function firmwareReader(): SectionReader {
  let values: Values = {}
  const dump = dumpReader()
  return {
    take(text) {
      if (dump.take(text)) return true
      const found = parseAny(FIRMWARE_RECORD_LINES, text)
      if (found !== undefined) values = { ...values, ...found }
      return found !== undefined
    },
    finish() {
      const {
        type = 0,
        revision = 0,
        recordId,
        recordGuid
      } = values as Readonly<{
        type?: number
        revision?: number
        recordId?: bigint
        recordGuid?: string
      }>
      return firmwareBytes({ type, revision, recordId, recordGuid }, dump.bytes().bytes)
    }
  }
}

interface FirmwareValues {
  readonly type: number
  readonly revision: number
  readonly recordId: bigint | undefined
  readonly recordGuid: string | undefined
}

/** Revision 0 is dumped from behind its identifier on, 1 from the identifier on, others from behind the GUID on. */
function firmwareBytes(
  { type, revision, recordId = 0n, recordGuid }: FirmwareValues,
  data: Uint8Array
): ReturnType<SectionReader['finish']> {
  const header = encodeFirmwareRecordReference({ type, revision, recordId })
  const start = revision === 1 ? header.subarray(0, RECORD_IDENTIFIER_AT) : header
  const whole =
    recordGuid === undefined || revision < 2
      ? concat(start, revision < 2 ? data : concat(new Uint8Array(16), data))
      : concat(encodeFirmwareRecordReference({ type, revision, recordId, recordGuid }), data)
  const unshown = revision === 0 || revision === 1 ? [] : [assume('Record Identifier', '0', UNSHOWN)]
  return { payload: whole, assumptions: unshown }
}
const RECORD_IDENTIFIER_AT = 8

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** A reader for each section that the kernel prints in words. */
export const SECTION_READERS: ReadonlyMap<string, (how: ArmReaderOptions) => SectionReader> = new Map([
  [SECTION_TYPE.platformMemory, () => rowsReader([...MEMORY_LINES, ...OLDER_MEMORY_LINES], encodeMemory)],
  [SECTION_TYPE.pciExpress, () => rowsReader([...PCIE_LINES, AER_LINES.correctable, ...AER_LINES.rest], encodePcie)],
  [
    SECTION_TYPE.processorGeneric,
    () =>
      rowsReader(
        PROCESSOR_GENERIC_LINES.map(({ form }) => form),
        encodeGeneric
      )
  ],
  [SECTION_TYPE.processorArm, armReader],
  [SECTION_TYPE.firmwareRecordReference, firmwareReader]
])

/** A section that is only dumped. */
export function unknownReader(): SectionReader & { setLength(length: number): void } {
  const dump = dumpReader()
  let length: number | undefined
  return {
    setLength: (value) => {
      length = value
    },
    take: (text) => dump.take(text, length),
    finish() {
      const { bytes, missing } = dump.bytes(length)
      const gap: readonly Assumption[] =
        missing === 0 ? [] : [assume('section body', `${missing} bytes are zeros`, 'their rows are not in the excerpt')]
      return { payload: bytes, assumptions: gap }
    }
  }
}

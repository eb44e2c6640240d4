import fc from 'fast-check'
import t from 'tap'
import { compareReport, printedBlock } from '../../cli/dmesg/compare-report.ts'
import { readLog } from '../../cli/dmesg/log-lines.ts'
import { rebuild } from '../../cli/dmesg/rebuild.ts'
import { splitReports } from '../../cli/dmesg/reports.ts'
import type { ArmErrorInfo } from '../../shared/formats/arm-error-info.ts'
import { encodeArmProcessorSection, type ArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import type { ArmContextStride } from '../../shared/formats/arm-context.ts'
import type { ErrorDataEntry } from '../../shared/formats/error-data-entry.ts'
import { encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { encodeFirmwareRecordReference } from '../../shared/formats/firmware-record-reference.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeMemorySection, type MemorySection } from '../../shared/formats/memory-section.ts'
import { encodePcieSection, type PcieSection } from '../../shared/formats/pcie-section.ts'
import {
  encodeProcessorGenericSection,
  type ProcessorGenericSection
} from '../../shared/formats/processor-generic-section.ts'
import { encodeTimestamp } from '../../shared/formats/timestamp.ts'
import { knob, VERSIONS } from '../../shared/linux/profile.ts'
import { guid, partly, record, u16, u32, u64, u8 } from '../formats/arbitraries.ts'

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength })
const nat = (bits: number) => fc.nat(2 ** bits - 1)

const memory = partly<object, MemorySection>(
  {},
  {
    errorStatus: u64,
    physicalAddress: u64,
    physicalAddressMask: u64,
    node: u16,
    card: u16,
    module: u16,
    bank: u16,
    device: u16,
    row: u16,
    column: u16,
    bitPosition: u16,
    requestorId: u64,
    responderId: u64,
    targetId: u64,
    errorType: u8,
    rank: u16,
    cardHandle: u16,
    moduleHandle: u16,
    rowExtension: nat(2),
    chipIdentification: nat(3)
  }
).map((section) => [SECTION_TYPE.platformMemory, encodeMemorySection(section)] as const)

const generic = partly<object, ProcessorGenericSection>(
  {},
  {
    processorType: u8,
    instructionSet: u8,
    errorType: u8,
    operation: u8,
    flags: u8,
    level: u8,
    cpuVersion: u64,
    brandString: bytes(128),
    processorId: u64,
    targetAddress: u64,
    requestorId: u64,
    responderId: u64,
    instructionIp: u64
  }
).map((section) => [SECTION_TYPE.processorGeneric, encodeProcessorGenericSection(section)] as const)

const pcie = partly<object, PcieSection>(
  {},
  {
    portType: u32,
    versionMajor: u8,
    versionMinor: u8,
    command: u16,
    status: u16,
    vendorId: u16,
    deviceId: u16,
    classCode: nat(24),
    functionNumber: u8,
    deviceNumber: u8,
    segment: u16,
    bus: u8,
    secondaryBus: u8,
    slot: nat(13),
    serialNumber: u64,
    bridgeSecondaryStatus: u16,
    bridgeControl: u16,
    capability: bytes(60),
    aer: bytes(96)
  }
).map((section) => [SECTION_TYPE.pciExpress, encodePcieSection(section)] as const)

const info = partly<Pick<ArmErrorInfo, 'type'>, Omit<ArmErrorInfo, 'type' | 'unvalidated' | 'reservedValidation'>>(
  { type: u8 },
  {
    multipleError: nat(15),
    flags: u8,
    errorInformation: u64,
    virtualFaultAddress: u64,
    physicalFaultAddress: u64
  }
)
const context = record({ version: fc.constant(0), type: fc.nat(8), registers: bytes(0, 40) })
const arm = (contextStride: ArmContextStride) =>
  partly<
    Pick<ArmProcessorSection, 'midr' | 'errors' | 'contexts'>,
    Pick<ArmProcessorSection, 'affinityLevel' | 'mpidr' | 'runningState' | 'psciState' | 'vendor'>
  >(
    {
      midr: u64,
      errors: fc.array(info, { minLength: 1, maxLength: 3 }),
      contexts: fc.array(context, { maxLength: 2 })
    },
    { affinityLevel: u8, mpidr: u64, runningState: u32, psciState: u32, vendor: bytes(1, 40) }
  ).map((section) => [SECTION_TYPE.processorArm, encodeArmProcessorSection({ ...section, contextStride })] as const)

const firmware = record({
  type: fc.nat(2),
  revision: fc.nat(3),
  recordId: u64,
  recordGuid: guid,
  data: bytes(0, 40)
}).map(({ recordGuid, ...reference }) => {
  const guidIfAny = reference.revision === 0 ? {} : { recordGuid }
  return [SECTION_TYPE.firmwareRecordReference, encodeFirmwareRecordReference({ ...reference, ...guidIfAny })] as const
})

const unknown = fc.tuple(guid, bytes(0, 70))

const stamp = record({
  year: fc.integer({ min: 0, max: 9999 }),
  month: fc.nat(99),
  day: fc.nat(99),
  hours: fc.nat(99),
  minutes: fc.nat(99),
  seconds: fc.nat(99),
  precise: fc.boolean()
}).map(encodeTimestamp)
const words = fc.stringMatching(/^[ -~]{0,20}$/)

const entry = (contexts: ArmContextStride): fc.Arbitrary<ErrorDataEntry> =>
  fc
    .tuple(
      fc.oneof(memory, generic, pcie, arm(contexts), firmware, unknown),
      partly<{ severity: number }, { fruId: string; fruText: string; timestamp: bigint }>(
        { severity: fc.nat(4) },
        { fruId: guid, fruText: words, timestamp: stamp }
      )
    )
    .map(([[sectionType, payload], header]) => ({ sectionType, payload, revision: 0x300, flags: 0, ...header }))

const block = (contexts: ArmContextStride) =>
  record({
    blockStatus: fc.constant(1),
    severity: fc.nat(4),
    entries: fc.array(entry(contexts), { minLength: 1, maxLength: 3 })
  }).map(encodeErrorStatusBlock)

const meaning = fc.constantFrom('bitmask', 'enumeration')

/** How people get at a log. */
const PREFIXES: readonly ((index: number) => string)[] = [
  () => '',
  (index) => `[${String(25_000 + index).padStart(8)}.754400] `,
  (index) => `[${String(25_000 + index).padStart(8)}.754400][ T1234] `,
  () => '[Tue May  3 18:24:49 2022] ',
  () => 'May 13 18:24:49 node-2 kernel: ',
  () => 'May 13 18:24:49 node-2 kernel: [25131.754400] ',
  () => '2024-05-13T18:24:49.123456+02:00 node-2 kernel: ',
  () => '<2>[   12.345678] ',
  () => '> > [   12.345678] '
]

for (const version of VERSIONS) {
  const contextsAligned = knob(version, 'armContextsAligned')
  const blocks = fc.array(block(contextsAligned ? 'aligned' : 'packed'), { minLength: 1, maxLength: 2 })
  void t.test(`what Linux ${version} prints of any record is rebuilt to one of which it prints the same`, async (t) => {
    fc.assert(
      fc.property(blocks, fc.nat(PREFIXES.length - 1), meaning, (blocks, style, type) => {
        const printed = blocks.map((one, index) =>
          printedBlock(one, 7 + index, version, type).map((line) => `{${index + 1}}[Hardware Error]: ${line}`)
        )
        const interleaved = (printed[0] ?? []).flatMap((line, index) => [
          line,
          ...(printed[1]?.slice(index, index + 1) ?? [])
        ])
        const rest = printed[1]?.slice(printed[0]?.length ?? 0) ?? []
        const log = [...interleaved, ...rest]
          .map((line, index) => `${PREFIXES[style]?.(index) ?? ''}${line}`)
          .join('\n')

        const { reports, others } = splitReports(readLog(log))

        t.ok(reports.length === blocks.length && others.length === 0, log)
        reports.forEach((report, index) => {
          const rebuilt = rebuild(report, { threshold: false, contextsAligned })
          const rows = compareReport(rebuilt, version)
          const bad = rows.filter(({ verdict }) => verdict !== 'same')
          if (bad.length > 0 || rebuilt.source !== 7 + index) throw new Error(JSON.stringify(bad, undefined, 1))
        })
      }),
      { numRuns: 300 }
    )
    t.pass()
  })
}

import t from 'tap'
import type { ErrorDataEntry } from '../../../shared/formats/error-data-entry.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodePcieSection, type PcieSection } from '../../../shared/formats/pcie-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import { body } from './cper-printed.ts'
import { block, ghesMachine, section, SOURCE } from '../apei/ghes-machine.ts'

const { recoverable, corrected, fatal } = SEVERITY

const AER = new Uint8Array(96)
new DataView(AER.buffer).setUint32(4, 0x4000, true)
new DataView(AER.buffer).setUint32(8, 0x0010_0000, true)
new DataView(AER.buffer).setUint32(12, 0x0006_2030, true)
new DataView(AER.buffer).setUint32(16, 0x1001, true)
new DataView(AER.buffer).setUint32(28, 0x4a00_0001, true)
const PCIE: PcieSection = {
  portType: 4,
  versionMajor: 3,
  versionMinor: 1,
  command: 0x147,
  status: 0x10,
  vendorId: 0x1d0f,
  deviceId: 0x200,
  classCode: 0x060400,
  functionNumber: 1,
  deviceNumber: 2,
  segment: 0,
  bus: 0x3a,
  secondaryBus: 0x3b,
  slot: 7,
  serialNumber: 0x1_0000_0002n,
  bridgeSecondaryStatus: 0x2000,
  bridgeControl: 3,
  aer: AER
}
const pcie = (severity: number, change: Partial<ErrorDataEntry> = {}, fields: PcieSection = PCIE): ErrorDataEntry =>
  section(SECTION_TYPE.pciExpress, encodePcieSection(fields), { severity, ...change })

void t.test(
  'from 6.12 on the AER registers are printed whatever the severity, those of correctable errors first',
  async (t) => {
    const registers = [
      '  aer_cor_status: 0x00001001, aer_cor_mask: 0x00000000',
      '  aer_uncor_status: 0x00004000, aer_uncor_mask: 0x00100000',
      '  aer_uncor_severity: 0x00062030',
      '  TLP Header: 4a000001 00000000 00000000 00000000'
    ]

    for (const version of ['6.12', '7.3'] as const) {
      for (const severity of [corrected, recoverable, fatal]) {
        t.strictSame(body(pcie(severity), { version }).slice(-4), registers)
      }
    }
  }
)

void t.test('a PCIe section prints the device, and the AER registers when nobody else will', async (t) => {
  const common = [
    '  port_type: 4, root port',
    '  version: 3.1',
    '  command: 0x0147, status: 0x0010',
    '  device_id: 0000:3a:02.1',
    '  slot: 7',
    '  secondary_bus: 0x3b',
    '  vendor_id: 0x1d0f, device_id: 0x0200',
    '  class_code: 060400',
    '  serial number: 0x0002, 0x0001',
    '  bridge: secondary_status: 0x2000, control: 0x0003'
  ]

  t.strictSame(body(pcie(recoverable)), common)
  t.strictSame(body(pcie(fatal)), [
    ...common,
    '  aer_uncor_status: 0x00004000, aer_uncor_mask: 0x00100000',
    '  aer_uncor_severity: 0x00062030',
    '  TLP Header: 4a000001 00000000 00000000 00000000'
  ])
})

/** aer_event lines of a record with this section on the polled source. */
function aer(entry: ErrorDataEntry): string[] {
  const machine = ghesMachine()
  machine.put(SOURCE.POLLED, block(recoverable, [entry]))
  ghesPoll(machine.k, SOURCE.POLLED)
  return machine.traces('aer_event')
}

void t.test('a PCIe section goes to AER by its own severity, a reset device as fatal', async (t) => {
  const reset = 4
  const text = (severity: string, status: string) => [
    `0000:3a:02.1 PCIe Bus Error: severity=${severity}, ${status}, TLP Header=Not available`
  ]

  t.strictSame(aer(pcie(recoverable)), text('Uncorrected, non-fatal', 'Completion Timeout'))
  t.strictSame(aer(pcie(fatal)), text('Fatal', 'Completion Timeout'))
  t.strictSame(aer(pcie(corrected)), text('Corrected', 'Receiver Error|Replay Timer Timeout'))
  t.strictSame(aer(pcie(corrected, { flags: reset })), text('Fatal', 'Completion Timeout'))
})

void t.test('a PCIe section without device or AER registers goes nowhere', async (t) => {
  t.strictSame(aer(pcie(recoverable, {}, { portType: 4, aer: AER })), [])
  t.strictSame(aer(pcie(recoverable, {}, { segment: 0, bus: 1 })), [])
})

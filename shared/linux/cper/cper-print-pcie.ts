import { decodePcieSection, PCIE_SECTION_SIZE, type PcieSection } from '../../formats/pcie-section.ts'
import { SEVERITY } from '../../formats/severity.ts'
import { aerRegisters } from './aer-registers.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

const PORT_TYPE = [
  'PCIe end point',
  'legacy PCI end point',
  'unknown',
  'unknown',
  'root port',
  'upstream switch port',
  'downstream switch port',
  'PCIe to PCI/PCI-X bridge',
  'PCI/PCI-X to PCIe bridge',
  'root complex integrated endpoint device',
  'root complex event collector'
]

const digits = (value: number, count: number): string => value.toString(16).padStart(count, '0')

/** The section as struct cper_sec_pcie, read on into what follows when it is shorter. */
export function pcieOf(estatus: Estatus, section: EstatusSection): PcieSection {
  return decodePcieSection(readBeyond(estatus.bytes, section.payloadAt, PCIE_SECTION_SIZE))
}

/** `0000:01:00.0`, undefined when the section names no device. */
export function pcieDevice({ segment, bus, deviceNumber, functionNumber }: PcieSection): string | undefined {
  if (segment === undefined) return undefined
  return `${digits(segment, 4)}:${digits(bus ?? 0, 2)}:${digits(deviceNumber ?? 0, 2)}.${(functionNumber ?? 0).toString(16)}`
}

/**
 * cper_print_pcie(). The AER registers are only printed when bit 0 of the severity code is set, since then the AER
 * driver will not get to print them; that is also so for "info".
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_pcie.
 * Fidelity: exact.
 */
export function cperPrintPcie(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const pcie = pcieOf(estatus, section)
  const say = (text: string): void => printk(k, prefix + text)
  if (pcie.portType !== undefined) say(`port_type: ${pcie.portType}, ${PORT_TYPE[pcie.portType] ?? 'unknown'}`)
  if (pcie.versionMajor !== undefined) say(`version: ${pcie.versionMajor}.${pcie.versionMinor ?? 0}`)
  if (pcie.command !== undefined) say(`command: 0x${digits(pcie.command, 4)}, status: 0x${digits(pcie.status ?? 0, 4)}`)
  const device = pcieDevice(pcie)
  if (device !== undefined) {
    say(`device_id: ${device}`)
    say(`slot: ${pcie.slot ?? 0}`)
    say(`secondary_bus: 0x${digits(pcie.secondaryBus ?? 0, 2)}`)
    say(`vendor_id: 0x${digits(pcie.vendorId ?? 0, 4)}, device_id: 0x${digits(pcie.deviceId ?? 0, 4)}`)
    say(`class_code: ${digits(pcie.classCode ?? 0, 6)}`)
  }
  if (pcie.serialNumber !== undefined) {
    const lower = Number(pcie.serialNumber & 0xffffffffn)
    say(`serial number: 0x${digits(lower, 4)}, 0x${digits(Number(pcie.serialNumber >> 32n), 4)}`)
  }
  if (pcie.bridgeSecondaryStatus !== undefined) {
    const control = digits(pcie.bridgeControl ?? 0, 4)
    say(`bridge: secondary_status: 0x${digits(pcie.bridgeSecondaryStatus, 4)}, control: 0x${control}`)
  }
  if (pcie.aer === undefined || (section.entry.severity & SEVERITY.fatal) === 0) return
  const aer = aerRegisters(pcie.aer)
  say(`aer_uncor_status: 0x${digits(aer.uncorStatus, 8)}, aer_uncor_mask: 0x${digits(aer.uncorMask, 8)}`)
  say(`aer_uncor_severity: 0x${digits(aer.uncorSeverity, 8)}`)
  say(`TLP Header: ${aer.headerLog.map((word) => digits(word, 8)).join(' ')}`)
}

import { AFTER_VALIDATION, decodeFixedSection, encodeFixedSection, type FixedSection } from './fixed-section.ts'
import { fieldTable } from './validated-fields.ts'

export const PCIE_SECTION_SIZE = 208

/** Name, offset, type, validation bit, and for parts of a word lowest bit and width; width of `bytes` is in bytes. */
export const PCIE_FIELDS = fieldTable(PCIE_SECTION_SIZE, AFTER_VALIDATION, [
  ['portType', 8, 'u32', 0],
  ['versionMinor', 12, 'u8', 1],
  ['versionMajor', 13, 'u8', 1],
  ['command', 16, 'u16', 2],
  ['status', 18, 'u16', 2],
  ['vendorId', 24, 'u16', 3],
  ['deviceId', 26, 'u16', 3],
  ['classCode', 28, 'u32', 3, 0, 24],
  ['functionNumber', 31, 'u8', 3],
  ['deviceNumber', 32, 'u8', 3],
  ['segment', 33, 'u16', 3],
  ['bus', 35, 'u8', 3],
  ['secondaryBus', 36, 'u8', 3],
  ['slot', 37, 'u16', 3, 3, 13],
  ['serialNumber', 40, 'u64', 4],
  ['bridgeSecondaryStatus', 48, 'u16', 5],
  ['bridgeControl', 50, 'u16', 5],
  ['capability', 52, 'bytes', 6, 0, 60],
  ['aer', 112, 'bytes', 7, 0, 96]
])

export const PCIE_PORT_TYPE: ReadonlyMap<number, string> = new Map([
  [0, 'endpoint'],
  [1, 'legacy endpoint'],
  [4, 'root port'],
  [5, 'upstream switch port'],
  [6, 'downstream switch port'],
  [7, 'PCIe to PCI bridge'],
  [8, 'PCI to PCIe bridge'],
  [9, 'root complex integrated endpoint'],
  [10, 'root complex event collector']
])

/**
 * PCI Express Error Section. `capability` and `aer` are the raw registers.
 *
 * Spec: UEFI 2.10, N.2.7.
 * Fidelity: exact.
 */
export type PcieSection = FixedSection<(typeof PCIE_FIELDS)['rows']>

/** Throws FormatError when there are fewer than 208 bytes. */
export function decodePcieSection(bytes: Uint8Array): PcieSection {
  return decodeFixedSection(PCIE_FIELDS, bytes, 'a PCI Express error section')
}

/** Throws FormatError when a value does not fit. */
export function encodePcieSection(section: PcieSection): Uint8Array {
  return encodeFixedSection(PCIE_FIELDS, section)
}

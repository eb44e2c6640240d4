import type { Severity } from '../../shared/contracts/common.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { encodePcieSection } from '../../shared/formats/pcie-section.ts'

/** Registers of the AER extended capability, by their offset; the header is that of capability 1, version 2. */
const AER = {
  header: 0x00,
  uncorStatus: 0x04,
  uncorMask: 0x08,
  uncorSeverity: 0x0c,
  corStatus: 0x10,
  corMask: 0x14
} as const
const AER_SIZE = 96
const AER_HEADER = 0x0002_0001
/** After reset: data link protocol, surprise down, flow control, overflow, malformed TLP and internal errors are fatal. */
const DEFAULT_UNCOR_SEVERITY = 0x0046_2030
/** After reset: advisory non-fatal, internal and header log overflow are masked. */
const DEFAULT_COR_MASK = 0x0000_e000

/** The error that is injected: one without a TLP, so that there is no header to log. */
const STATUS: Readonly<Record<Severity, readonly [register: 'uncorStatus' | 'corStatus', bit: number]>> = {
  corrected: ['corStatus', 1 << 6],
  none: ['corStatus', 1 << 6],
  recoverable: ['uncorStatus', 1 << 14],
  fatal: ['uncorStatus', 1 << 4]
}
const ROOT_PORT = 4

/**
 * A PCIe error as firmware that owns AER reports it: the device, and its AER registers as they are then. A corrected error
 * is a bad TLP, a non-fatal one a completion timeout, a fatal one a data link protocol error. The SBDF is EINJ's: segment
 * in bits 31:24, bus 23:16, device 15:11, function 10:8.
 *
 * Spec: UEFI 2.10, N.2.7; ACPI 6.5, 18.6.4 (PCIe SBDF); PCI Express Base 6.0, 7.8.4 (AER extended capability).
 * Fidelity: approximates. Which error of its severity it is, is ours; no config space, so neither vendor nor class.
 */
export function pcieRecord(sbdf: number, severity: Severity): Uint8Array {
  const aer = new Uint8Array(AER_SIZE)
  const view = viewOf(aer)
  view.setUint32(AER.header, AER_HEADER)
  view.setUint32(AER.uncorSeverity, DEFAULT_UNCOR_SEVERITY)
  view.setUint32(AER.corMask, DEFAULT_COR_MASK)
  const [register, bit] = STATUS[severity]
  view.setUint32(AER[register], bit)
  return encodePcieSection({
    portType: ROOT_PORT,
    segment: sbdf >>> 24,
    bus: (sbdf >>> 16) & 0xff,
    deviceNumber: (sbdf >>> 11) & 0x1f,
    functionNumber: (sbdf >>> 8) & 0x7,
    aer
  })
}

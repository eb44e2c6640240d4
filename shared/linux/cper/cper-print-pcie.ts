import { decodePcieSection, PCIE_SECTION_SIZE, type PcieSection } from '../../formats/pcie-section.ts'
import { SEVERITY } from '../../formats/severity.ts'
import { aerRegisters } from './aer-registers.ts'
import { decimal, hexNumber, inWords, line, type LineForm, type Values } from './line-form.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

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
 * The lines of a PCIe section but for its AER registers, in the kernel's order.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_pcie.
 * Fidelity: exact.
 */
export const PCIE_LINES: readonly LineForm[] = [
  line(
    'port_type: ',
    decimal('portType'),
    ', ',
    inWords(({ portType }) => PORT_TYPE[Number(portType)] ?? 'unknown')
  ),
  line('version: ', decimal('versionMajor'), '.', decimal('versionMinor')),
  line('command: ', hexNumber('command', 4), ', status: ', hexNumber('status', 4)),
  line(
    'device_id: ',
    hexNumber('segment', 4, ''),
    ':',
    hexNumber('bus', 2, ''),
    ':',
    hexNumber('deviceNumber', 2, ''),
    '.',
    hexNumber('functionNumber', 1, '')
  ),
  line('slot: ', decimal('slot')),
  line('secondary_bus: ', hexNumber('secondaryBus', 2)),
  line('vendor_id: ', hexNumber('vendorId', 4), ', device_id: ', hexNumber('deviceId', 4)),
  line('class_code: ', hexNumber('classCode', 6, '')),
  line('serial number: ', hexNumber('serialLower', 4), ', ', hexNumber('serialUpper', 4)),
  line(
    'bridge: secondary_status: ',
    hexNumber('bridgeSecondaryStatus', 4),
    ', control: ',
    hexNumber('bridgeControl', 4)
  )
]

/** The AER registers; the correctable ones are printed from 6.12 on. */
export const AER_LINES = {
  correctable: line('aer_cor_status: ', hexNumber('corStatus', 8), ', aer_cor_mask: ', hexNumber('corMask', 8)),
  rest: [
    line('aer_uncor_status: ', hexNumber('uncorStatus', 8), ', aer_uncor_mask: ', hexNumber('uncorMask', 8)),
    line('aer_uncor_severity: ', hexNumber('uncorSeverity', 8)),
    line(
      'TLP Header: ',
      hexNumber('header0', 8, ''),
      ' ',
      hexNumber('header1', 8, ''),
      ' ',
      hexNumber('header2', 8, ''),
      ' ',
      hexNumber('header3', 8, '')
    )
  ]
} as const satisfies { readonly correctable: LineForm; readonly rest: readonly LineForm[] }

/** What the rows of the table read of a section. */
export function pcieLineValues(pcie: PcieSection): Values {
  const { serialNumber } = pcie
  if (serialNumber === undefined) return pcie
  return { ...pcie, serialLower: Number(serialNumber & 0xffffffffn), serialUpper: Number(serialNumber >> 32n) }
}

/**
 * cper_print_pcie(). Up to 6.11 the AER registers are only printed when bit 0 of the severity code is set, since then the
 * AER driver will not get to print them; that is also so for "info". From 6.12 on they are always printed, with those of
 * correctable errors.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_pcie; "efi/cper: Print correctable AER information",
 * queued for 6.12 (https://lore.kernel.org/r/CAMj1kXFUDy3qSp5q3UxWkuSCLwJ3O3SaFN25f+9tojJL=sFNJQ@mail.gmail.com).
 * Fidelity: exact.
 */
export function cperPrintPcie(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const pcie = pcieOf(estatus, section)
  const say = (forms: readonly LineForm[], values: Values): void => {
    for (const form of forms) {
      const text = form.print(values)
      if (text !== undefined) printk(k, prefix + text)
    }
  }
  say(PCIE_LINES, pcieLineValues(pcie))
  if (pcie.aer === undefined) return
  const always = knob(k.version, 'aerAlwaysPrinted')
  if (!always && (section.entry.severity & SEVERITY.fatal) === 0) return
  const { headerLog, ...registers } = aerRegisters(pcie.aer)
  const header = Object.fromEntries(headerLog.map((word, index) => [`header${index}`, word]))
  say(always ? [AER_LINES.correctable, ...AER_LINES.rest] : AER_LINES.rest, { ...registers, ...header })
}

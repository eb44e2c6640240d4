import { ARM_ERROR_INFO_SIZE } from './arm-error-info.ts'
import { armContextSize } from './arm-context.ts'
import { ARM_PROCESSOR_HEADER_SIZE, type ArmProcessorSection } from './arm-processor-section.ts'
import type { Fault } from './format-error.ts'
import type { FaultySection, Section } from './sections.ts'

/** Rules that the body of a section breaks, whether or not it can be read all the same; offsets from its start. */
export function sectionRemarks(section: Section | FaultySection): readonly Fault[] {
  if (section.unknown) return 'fault' in section ? [section.fault] : []
  if (section.kind === 'processorArm') return armRemarks(section.body)
  if (section.kind === 'firmwareRecordReference') return []
  const { rest } = section.body
  return rest === undefined ? [] : [{ offset: 0, rule: 'the section ends with its fields', found: more(rest) }]
}

const more = ({ length }: Uint8Array): string => `${length} more bytes`

/**
 * What a reader of an ARM processor section can live with.
 *
 * Spec: UEFI 2.10, N.2.4.4; Linux 6.1.192, drivers/firmware/efi/cper-arm.c, cper_print_proc_arm, and
 * drivers/acpi/apei/ghes.c, ghes_handle_arm_hw_error: neither looks at any of it.
 * Fidelity: omits reserved bytes that are not zero.
 */
function armRemarks({ errors, contexts, contextStride = 'packed', rest }: ArmProcessorSection): readonly Fault[] {
  const remarks: Fault[] = []
  if (errors.length === 0) remarks.push({ offset: 4, rule: 'there is at least one error information structure' })
  let at = ARM_PROCESSOR_HEADER_SIZE
  for (const { length } of errors) {
    if (length !== undefined) {
      const rule = 'the length of an ARM error information structure is 32'
      remarks.push({ offset: at + 1, rule, found: `${length}` })
    }
    at += ARM_ERROR_INFO_SIZE
  }
  for (const context of contexts) {
    at += armContextSize(context, contextStride)
    if (context.pad !== undefined) {
      remarks.push({ offset: at - context.pad.length, rule: 'a context is padded with zeros' })
    }
  }
  if (rest !== undefined) {
    remarks.push({ offset: 8, rule: 'Section Length is the length of the section', found: more(rest) })
  }
  return remarks
}

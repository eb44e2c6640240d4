import { hex } from '../../formats/hex.ts'
import { ARM_ERROR_INFO_SIZE, armErrorInfoAt, type ArmErrorInfo } from '../../formats/arm-error-info.ts'
import {
  ARM_PROCESSOR_HEADER_SIZE,
  decodeArmProcessorHeader,
  type ArmProcessorHeader
} from '../../formats/arm-processor-section.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'

/** Names in the order of the bits 1 to 4, or of the numbers 0 to 3 of the older reading. */
export const CPER_PROC_ERROR_TYPE = ['cache error', 'TLB error', 'bus error', 'micro-architectural error'] as const
const CPER_ARM_ERR_TYPE_MASK = 0x1e
const CPER_ARM_ERR_TYPE_SHIFT = 1

/** struct cper_sec_proc_arm at the start of the payload, which may be too short for it. */
export function procArmOf(estatus: Estatus, section: EstatusSection): ArmProcessorHeader {
  return decodeArmProcessorHeader(readBeyond(estatus.bytes, section.payloadAt, ARM_PROCESSOR_HEADER_SIZE))
}

/** struct cper_arm_err_info at an offset of the block, which may lie behind its end. */
export function armErrInfoAt(estatus: Estatus, offset: number): ArmErrorInfo {
  return armErrorInfoAt(readBeyond(estatus.bytes, offset, ARM_ERROR_INFO_SIZE), 0)
}

/** Offset in the block of the first error information structure. */
export function firstErrInfo(section: EstatusSection): number {
  return section.payloadAt + ARM_PROCESSOR_HEADER_SIZE
}

/**
 * The type byte in words, by the reading as a bitmask: names joined, then a remark when other bits are set.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_bits_to_str; include/linux/cper.h, CPER_ARM_ERR_TYPE_MASK.
 * Fidelity: exact.
 */
export function armErrTypeText(type: number): string {
  return `${hex(type, 2)}: ${armErrTypeWords(type)}`
}

/** The names alone. */
export function armErrTypeWords(type: number): string {
  const bits = (type & CPER_ARM_ERR_TYPE_MASK) >> CPER_ARM_ERR_TYPE_SHIFT
  const names = CPER_PROC_ERROR_TYPE.filter((_, bit) => ((bits >> bit) & 1) === 1)
  const reserved = (type & ~CPER_ARM_ERR_TYPE_MASK) !== 0 ? ' with reserved bit(s)' : ''
  return `${names.join('|')}${reserved}`
}

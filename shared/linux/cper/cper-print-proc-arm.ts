import { hex } from '../../formats/hex.ts'
import { ARM_CONTEXT_TYPE, armContextsAt, type ArmContext } from '../../formats/arm-context.ts'
import { ARM_ERROR_FLAG, ARM_ERROR_INFO_SIZE, type ArmErrorInfo } from '../../formats/arm-error-info.ts'
import { ARM_PROCESSOR_HEADER_SIZE } from '../../formats/arm-processor-section.ts'
import { FormatError } from '../../formats/format-error.ts'
import { armErrInfoAt, armErrTypeText, CPER_PROC_ERROR_TYPE, firstErrInfo, procArmOf } from './cper-arm-err.ts'
import { cperPrintArmErrInfo } from './cper-print-arm-err-info.ts'
import type { Estatus, EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'

const CONTEXT_NAMES = [
  'AArch32 general purpose registers',
  'AArch32 EL1 context registers',
  'AArch32 EL2 context registers',
  'AArch32 secure context registers',
  'AArch64 general purpose registers',
  'AArch64 EL1 context registers',
  'AArch64 EL2 context registers',
  'AArch64 EL3 context registers',
  'Misc. system register structure'
]

const FLAG_LINES = [
  [ARM_ERROR_FLAG.first, 'first error captured'],
  [ARM_ERROR_FLAG.last, 'last error captured'],
  [ARM_ERROR_FLAG.propagated, 'propagated error captured'],
  [ARM_ERROR_FLAG.overflow, 'overflow occurred, error info is incomplete']
] as const

const hex64 = (value: bigint): string => hex(value, 16)

function printErrInfo(k: Kernel, prefix: string, index: number, info: ArmErrorInfo): void {
  const inner = `${prefix} `
  printk(k, `${prefix}Error info structure ${index}:`)
  printk(k, `${prefix}num errors: ${(info.multipleError ?? info.unvalidated?.multipleError ?? 0) + 1}`)
  for (const [flag, line] of FLAG_LINES) if (((info.flags ?? 0) & flag) !== 0) printk(k, inner + line)
  const type =
    k.options.armErrorType === 'bitmask'
      ? armErrTypeText(info.type)
      : `${info.type}, ${CPER_PROC_ERROR_TYPE[info.type] ?? 'unknown'}`
  printk(k, `${inner}error_type: ${type}`)
  if (info.errorInformation !== undefined) {
    printk(k, `${inner}error_info: ${hex64(info.errorInformation)}`)
    cperPrintArmErrInfo(k, `${inner} `, info.type, info.errorInformation)
  }
  if (info.virtualFaultAddress !== undefined) {
    printk(k, `${inner}virtual fault address: ${hex64(info.virtualFaultAddress)}`)
  }
  if (info.physicalFaultAddress !== undefined) {
    printk(k, `${inner}physical fault address: ${hex64(info.physicalFaultAddress)}`)
  }
}

/** The context at the start of `rest`, undefined when it does not fit. */
function nextContext(rest: Uint8Array): { readonly context: ArmContext; readonly next: number } | undefined {
  try {
    const { contexts, next } = armContextsAt(rest, 0, 1, 'packed')
    return contexts[0] === undefined ? undefined : { context: contexts[0], next }
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** Prints the contexts; the bytes behind them, undefined when the record is wrong. */
function printContexts(k: Kernel, prefix: string, rest: Uint8Array, count: number): Uint8Array | undefined {
  const inner = `${prefix} `
  for (let index = 0; index < count; index++) {
    printk(k, `${prefix}Context info structure ${index}:`)
    const found = nextContext(rest)
    if (found === undefined) {
      printk(k, `${inner}section length is too small`)
      printk(k, `${prefix}firmware-generated error record is incorrect`)
      return undefined
    }
    const name = CONTEXT_NAMES[found.context.type]
    if (name === undefined) {
      printk(k, `${inner}Invalid context type: ${found.context.type} (max: ${ARM_CONTEXT_TYPE.miscSystemRegister})`)
      return undefined
    }
    printk(k, `${inner}register context type: ${name}`)
    printHexDump(k, inner, found.context.registers, false)
    rest = rest.subarray(found.next)
  }
  return rest
}

/**
 * cper_print_proc_arm(): error information structures are taken as 32 bytes each here, whatever their length byte says.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper-arm.c, cper_print_proc_arm.
 * Fidelity: exact; contexts follow each other without padding, as up to 6.12.
 */
export function cperPrintProcArm(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const proc = procArmOf(estatus, section)
  const cperSize = section.entry.payload.length
  const infosEnd = ARM_PROCESSOR_HEADER_SIZE + proc.errorInfoCount * ARM_ERROR_INFO_SIZE
  printk(k, `${prefix}MIDR: ${hex64(proc.midr)}`)
  // The kernel takes the length as a signed number here.
  const length = (proc.sectionLength - infosEnd) | 0
  if (length < 0 || proc.sectionLength > cperSize) {
    printk(k, `${prefix}section length: ${proc.sectionLength | 0}, CPER size: ${cperSize}`)
    printk(k, `${prefix}section length is too ${length < 0 ? 'small' : 'big'}`)
    printk(k, `${prefix}firmware-generated error record is incorrect`)
    printk(k, `${prefix}ERR_INFO_NUM is ${proc.errorInfoCount}`)
    return
  }
  if (proc.mpidr !== undefined) printk(k, `${prefix}Multiprocessor Affinity Register (MPIDR): ${hex64(proc.mpidr)}`)
  if (proc.affinityLevel !== undefined) printk(k, `${prefix}error affinity level: ${proc.affinityLevel}`)
  if (proc.runningState !== undefined) {
    printk(k, `${prefix}running state: ${hex(proc.runningState)}`)
    printk(k, `${prefix}Power State Coordination Interface state: ${(proc.psciState ?? 0) | 0}`)
  }
  const first = firstErrInfo(section)
  for (let index = 0; index < proc.errorInfoCount; index++) {
    printErrInfo(k, prefix, index, armErrInfoAt(estatus, first + index * ARM_ERROR_INFO_SIZE))
  }
  const vendor = printContexts(
    k,
    prefix,
    section.entry.payload.subarray(infosEnd, proc.sectionLength),
    proc.contextCount
  )
  if (vendor === undefined || vendor.length === 0) return
  printk(k, `${prefix}Vendor specific error info has ${vendor.length} bytes:`)
  printHexDump(k, `${prefix} `, vendor, true)
}

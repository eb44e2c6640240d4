import { ARM_CONTEXT_TYPE, armContextsAt, type ArmContext } from '../../formats/arm-context.ts'
import { ARM_ERROR_FLAG, ARM_ERROR_INFO_SIZE, type ArmErrorInfo } from '../../formats/arm-error-info.ts'
import { ARM_PROCESSOR_HEADER_SIZE } from '../../formats/arm-processor-section.ts'
import { FormatError } from '../../formats/format-error.ts'
import { armErrInfoAt, armErrTypeWords, CPER_PROC_ERROR_TYPE, firstErrInfo, procArmOf } from './cper-arm-err.ts'
import { cperPrintArmErrInfo } from './cper-print-arm-err-info.ts'
import { decimal, hex64, hexNumber, inWords, line, named, rest, type LineForm } from './line-form.ts'
import type { Estatus, EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/** Register contexts by type. */
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

/**
 * The lines of an ARM processor section that hold values: of its header, of an error information structure and of a
 * context. What error_info means in words is in cper-print-arm-err-info.ts.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper-arm.c, cper_print_proc_arm.
 * Fidelity: exact.
 */
export const ARM_LINES = {
  midr: line('MIDR: ', hex64('midr')),
  header: [
    line('Multiprocessor Affinity Register (MPIDR): ', hex64('mpidr')),
    line('error affinity level: ', decimal('affinityLevel')),
    line('running state: ', hexNumber('runningState')),
    line('Power State Coordination Interface state: ', decimal('psciState'))
  ],
  infoStart: line('Error info structure ', decimal('index'), ':'),
  count: line('num errors: ', decimal('errors')),
  type: {
    bitmask: line(
      'error_type: ',
      hexNumber('type', 2),
      ': ',
      inWords(({ type }) => armErrTypeWords(Number(type)))
    ),
    enumeration: line(
      'error_type: ',
      decimal('type'),
      ', ',
      inWords(({ type }) => CPER_PROC_ERROR_TYPE[Number(type)] ?? 'unknown')
    )
  },
  word: line('error_info: ', hex64('errorInformation')),
  addresses: [
    line('virtual fault address: ', hex64('virtualFaultAddress')),
    line('physical fault address: ', hex64('physicalFaultAddress'))
  ],
  contextStart: line('Context info structure ', decimal('index'), ':'),
  context: line('register context type: ', named('type', CONTEXT_NAMES, CONTEXT_NAMES.length)),
  /** A section whose counts and lengths do not fit each other; nothing else of it is printed. */
  wrong: [
    line('section length: ', decimal('sectionLength'), ', CPER size: ', decimal('size')),
    line('section length is too ', rest('how')),
    line('firmware-generated error record is incorrect'),
    line('ERR_INFO_NUM is ', decimal('errorInfoCount'))
  ],
  vendor: line('Vendor specific error info has ', decimal('length'), ' bytes:')
} as const

/** Lines that stand for a flag. */
export const ARM_FLAG_LINES = FLAG_LINES

/** `%d` of a field that the section has as an unsigned one. */
const signed = (value: number | undefined): number => (value ?? 0) | 0

function printErrInfo(k: Kernel, prefix: string, index: number, info: ArmErrorInfo): void {
  const inner = `${prefix} `
  const say = (before: string, form: LineForm, values: object): void => {
    const text = form.print(values)
    if (text !== undefined) printk(k, before + text)
  }
  say(prefix, ARM_LINES.infoStart, { index })
  say(prefix, ARM_LINES.count, { errors: (info.multipleError ?? info.unvalidated?.multipleError ?? 0) + 1 })
  for (const [flag, text] of FLAG_LINES) if (((info.flags ?? 0) & flag) !== 0) printk(k, inner + text)
  say(inner, ARM_LINES.type[k.options.armErrorType], info)
  if (info.errorInformation !== undefined) {
    say(inner, ARM_LINES.word, info)
    cperPrintArmErrInfo(k, `${inner} `, info.type, info.errorInformation)
  }
  for (const form of ARM_LINES.addresses) say(inner, form, info)
}

/** The context at the start of `rest`, undefined when it does not fit. */
function nextContext(k: Kernel, rest: Uint8Array): { readonly context: ArmContext; readonly next: number } | undefined {
  try {
    const { contexts, next } = armContextsAt(rest, 0, 1, knob(k.version, 'armContextsAligned') ? 'aligned' : 'packed')
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
    printk(k, `${prefix}${ARM_LINES.contextStart.print({ index }) ?? ''}`)
    const found = nextContext(k, rest)
    if (found === undefined) {
      printk(k, `${inner}section length is too small`)
      printk(k, `${prefix}firmware-generated error record is incorrect`)
      return undefined
    }
    if (CONTEXT_NAMES[found.context.type] === undefined) {
      printk(k, `${inner}Invalid context type: ${found.context.type} (max: ${ARM_CONTEXT_TYPE.miscSystemRegister})`)
      return undefined
    }
    printk(k, `${inner}${ARM_LINES.context.print({ type: found.context.type }) ?? ''}`)
    printHexDump(k, inner, found.context.registers, false)
    rest = rest.subarray(found.next)
  }
  return rest
}

/**
 * cper_print_proc_arm(): error information structures are taken as 32 bytes each here, whatever their length byte says.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper-arm.c, cper_print_proc_arm; 7.3.4 by armContextsAligned.
 * Fidelity: exact.
 */
export function cperPrintProcArm(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const proc = procArmOf(estatus, section)
  const cperSize = section.entry.payload.length
  const infosEnd = ARM_PROCESSOR_HEADER_SIZE + proc.errorInfoCount * ARM_ERROR_INFO_SIZE
  printk(k, `${prefix}${ARM_LINES.midr.print(proc) ?? ''}`)
  // The kernel takes the length as a signed number here.
  const length = (proc.sectionLength - infosEnd) | 0
  if (length < 0 || proc.sectionLength > cperSize) {
    const { sectionLength, errorInfoCount } = proc
    const how = length < 0 ? 'small' : 'big'
    const values = { sectionLength: signed(sectionLength), size: cperSize, how, errorInfoCount }
    for (const form of ARM_LINES.wrong) printk(k, prefix + (form.print(values) ?? ''))
    return
  }
  const header = proc.runningState === undefined ? proc : { ...proc, psciState: signed(proc.psciState) }
  for (const form of ARM_LINES.header) {
    const text = form.print(header)
    if (text !== undefined) printk(k, prefix + text)
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
  printk(k, `${prefix}${ARM_LINES.vendor.print({ length: vendor.length }) ?? ''}`)
  printHexDump(k, `${prefix} `, vendor, true)
}

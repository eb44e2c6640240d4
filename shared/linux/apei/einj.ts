import { EINJ_ERROR_TYPE, EINJ_FLAG, type SetErrorType } from '../../formats/einj.ts'
import { hex } from '../../formats/hex.ts'
import { EINVAL } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'

/** The files of /sys/kernel/debug/apei/einj; what nobody has written reads as 0. */
export interface EinjFiles {
  readonly errorType: number
  readonly flags: number
  readonly param1: bigint
  readonly param2: bigint
  readonly param3: number
  readonly param4: number
}

/** A write that the driver refuses, with the check that fails. */
export interface EinjRefused {
  readonly errno: number
  readonly file: keyof EinjFiles
  readonly because: string
}

const MEMORY_TYPES =
  EINJ_ERROR_TYPE.memoryCorrectable |
  EINJ_ERROR_TYPE.memoryUncorrectableNonFatal |
  EINJ_ERROR_TYPE.memoryUncorrectableFatal
const PROCESSOR_TYPES =
  EINJ_ERROR_TYPE.processorCorrectable |
  EINJ_ERROR_TYPE.processorUncorrectableNonFatal |
  EINJ_ERROR_TYPE.processorUncorrectableFatal
const PCIE_TYPES =
  EINJ_ERROR_TYPE.pcieCorrectable | EINJ_ERROR_TYPE.pcieUncorrectableNonFatal | EINJ_ERROR_TYPE.pcieUncorrectableFatal
const ALL_FLAGS = EINJ_FLAG.cpuId | EINJ_FLAG.memoryAddressAndMask | EINJ_FLAG.pcieSbdf
const U64 = 0xffff_ffff_ffff_ffffn

const NAMES: readonly (readonly [number, string])[] = [
  [EINJ_ERROR_TYPE.processorCorrectable, 'Processor Correctable'],
  [EINJ_ERROR_TYPE.processorUncorrectableNonFatal, 'Processor Uncorrectable non-fatal'],
  [EINJ_ERROR_TYPE.processorUncorrectableFatal, 'Processor Uncorrectable fatal'],
  [EINJ_ERROR_TYPE.memoryCorrectable, 'Memory Correctable'],
  [EINJ_ERROR_TYPE.memoryUncorrectableNonFatal, 'Memory Uncorrectable non-fatal'],
  [EINJ_ERROR_TYPE.memoryUncorrectableFatal, 'Memory Uncorrectable fatal'],
  [EINJ_ERROR_TYPE.pcieCorrectable, 'PCI Express Correctable'],
  [EINJ_ERROR_TYPE.pcieUncorrectableNonFatal, 'PCI Express Uncorrectable non-fatal'],
  [EINJ_ERROR_TYPE.pcieUncorrectableFatal, 'PCI Express Uncorrectable fatal'],
  [EINJ_ERROR_TYPE.platformCorrectable, 'Platform Correctable'],
  [EINJ_ERROR_TYPE.platformUncorrectableNonFatal, 'Platform Uncorrectable non-fatal'],
  [EINJ_ERROR_TYPE.platformUncorrectableFatal, 'Platform Uncorrectable fatal']
]

/** An error type as available_error_type has it, e.g. `Memory Correctable`. */
export function einjTypeName(type: number): string | undefined {
  return NAMES.find(([bit]) => bit === type)?.[1]
}

/**
 * available_error_type: a line for each type that GET_ERROR_TYPE offers.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/einj.c, available_error_type_show; 7.x, einj-core.c.
 * Fidelity: exact; CXL types have files of their own, and no firmware here offers them, vendor types or EINJv2.
 */
export function availableErrorType(offered: number): string {
  return NAMES.filter(([bit]) => (offered & bit) !== 0)
    .map(([bit, name]) => `0x${bit.toString(16).padStart(8, '0')}\t${name}\n`)
    .join('')
}

/**
 * A write to error_type, and then one to error_inject: what the driver refuses before firmware has heard of anything, in
 * its order. Memory requests, by type or by flag, name RAM and a page at most.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/einj.c, error_type_set, error_inject_set, einj_error_inject; the same in 7.x,
 * einj-core.c, einj_validate_error_type.
 * Fidelity: approximates: all RAM is System RAM, so there is no persistent and no soft reserved memory and no platform
 * page; the zero page, -EADDRINUSE, has no place; vendor_flags is 0, so that a vendor type is never of memory.
 */
export function einjRefuses(k: Kernel, offered: number, files: EinjFiles): EinjRefused | undefined {
  const { errorType, flags, param1, param2 } = files
  const refused = (file: EinjRefused['file'], because: string): EinjRefused => ({ errno: EINVAL, file, because })
  const isVendor = errorType >= EINJ_ERROR_TYPE.vendorDefined
  const type = errorType & 0x7fff_ffff
  if ((type & (type - 1)) !== 0) return refused('errorType', `error_type ${hex(errorType)} has more than one bit`)
  if (!isVendor && (errorType & offered) === 0) {
    return refused('errorType', `error_type ${hex(errorType)} is not among available_error_type (${hex(offered)})`)
  }
  const legal = knob(k.version, 'einjV2') ? ALL_FLAGS | EINJ_FLAG.v2 : ALL_FLAGS
  if ((flags & ~legal) !== 0) return refused('flags', `flags ${hex(flags >>> 0)} has bits beyond ${hex(legal)}`)
  const isMemory = isVendor ? false : (type & MEMORY_TYPES) !== 0 || (flags & EINJ_FLAG.memoryAddressAndMask) !== 0
  if (!isMemory) return undefined
  const pageMask = U64 & ~(BigInt(k.options.pageSize) - 1n)
  if ((param2 & pageMask) !== pageMask) {
    return refused(
      'param2',
      `param2 ${hex(param2)} leaves firmware more than a page of ${k.options.pageSize} bytes to choose from`
    )
  }
  const start = param1 & param2
  const end = start + ((~param2 + 1n) & U64)
  const isRam = k.memory.some((range) => range.start < end && start < range.end)
  return isRam ? undefined : refused('param1', `${hex(start)} (param1 & param2) is not System RAM`)
}

/**
 * The data of SET_ERROR_TYPE_WITH_ADDRESS. Without flags the parameters mean what they meant before ACPI 5.0: param1 is
 * the processor, the address or the device, by the type of error, and param2 the mask of an address. With flags all
 * fields are filled and the flags say which are valid.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/einj.c, __einj_error_inject.
 * Fidelity: omits firmware of before ACPI 5.0 and its module parameter param_extension.
 */
export function setErrorType({ errorType, flags, param1, param2, param3, param4 }: EinjFiles): SetErrorType {
  const type = { type: errorType, vendorExtensionOffset: 0 }
  if (errorType >= EINJ_ERROR_TYPE.vendorDefined) return type
  const low = Number(param1 & 0xffff_ffffn)
  if (flags === 0) {
    if ((errorType & PROCESSOR_TYPES) !== 0) return { ...type, apicId: low }
    if ((errorType & MEMORY_TYPES) !== 0) return { ...type, memoryAddress: param1, memoryAddressMask: param2 }
    return (errorType & PCIE_TYPES) !== 0 ? { ...type, pcieSbdf: low } : type
  }
  return {
    ...type,
    ...((flags & EINJ_FLAG.cpuId) === 0 ? {} : { apicId: param3 }),
    ...((flags & EINJ_FLAG.memoryAddressAndMask) === 0 ? {} : { memoryAddress: param1, memoryAddressMask: param2 }),
    ...((flags & EINJ_FLAG.pcieSbdf) === 0 ? {} : { pcieSbdf: param4 })
  }
}

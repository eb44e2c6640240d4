import { armErrorInfoLength, armErrorKinds, ARM_ERROR_INFO_SIZE } from '../../formats/arm-error-info.ts'
import { ARM_PROCESSOR_HEADER_SIZE } from '../../formats/arm-processor-section.ts'
import { armErrInfoAt, armErrTypeText, CPER_PROC_ERROR_TYPE, firstErrInfo, procArmOf } from '../cper/cper-arm-err.ts'
import { readBeyond, type Estatus, type EstatusSection } from '../cper/estatus.ts'
import { ghesDoMemoryFailure } from './ghes-handle-memory-failure.ts'
import { GHES_SEV, ghesSeverity, type GhesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { logArmHwError } from '../ras/log-arm-hw-error.ts'
import { MF_ACTION_REQUIRED } from '../mm/memory-failure-flags.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { printkRatelimited } from '../kernel/ratelimit.ts'

/** Where checks exist, the header they take off is the size of a pointer, so that 32 bytes too many pass them. */
const SIZEOF_POINTER = 8

function warnUnhandled(k: Kernel, type: number): void {
  const text =
    k.options.armErrorType === 'bitmask'
      ? ` ${armErrTypeText(type)}`
      : `: ${CPER_PROC_ERROR_TYPE[type] ?? 'unknown error'}`
  printkRatelimited(
    k,
    'ghes_handle_arm_hw_error',
    'unhandled',
    `[Firmware Warn]: GHES: Unhandled processor error type${text}`
  )
}

/**
 * ghes_handle_arm_hw_error(): only a cache error with a physical address leads to memory_failure(), whatever its
 * "corrected" bit says; everything else is a line in the log. Steps from one structure to the next by its own length
 * byte. Returns whether the last cache error was handed over.
 *
 * Spec: Linux 6.1.192 (no bounds), 6.12.95 (bounds), drivers/acpi/apei/ghes.c, ghes_handle_arm_hw_error.
 * Fidelity: approximates: structures behind the end of the block read as zero.
 */
export function ghesHandleArmHwError(
  k: Kernel,
  estatus: Estatus,
  section: EstatusSection,
  blockSeverity: GhesSeverity,
  sync: boolean,
  ctx: Context
): boolean {
  const bounded = knob(k.version, 'armSectionBounds')
  const severity = ghesSeverity(section.entry.severity)
  let left = section.entry.payload.length
  if (bounded && left < ARM_PROCESSOR_HEADER_SIZE) {
    printk(k, `[Firmware Bug]: arm error length: ${left}`)
    printk(k, '[Firmware Bug]: length is too small')
    printk(k, '[Firmware Bug]: firmware-generated error record is incorrect')
    return false
  }
  logArmHwError(k, estatus, section, severity, ctx)
  if (blockSeverity !== GHES_SEV.recoverable || severity !== GHES_SEV.recoverable) return false

  const count = procArmOf(estatus, section).errorInfoCount
  let queued = false
  let at = firstErrInfo(section)
  left -= SIZEOF_POINTER
  for (let index = 0; index < count; index++) {
    if (bounded && left < ARM_ERROR_INFO_SIZE) break
    const length = armErrorInfoLength(readBeyond(estatus.bytes, at, ARM_ERROR_INFO_SIZE), 0)
    left -= length
    if (bounded && left < 0) break
    const info = armErrInfoAt(estatus, at)
    const isCache = armErrorKinds(info.type, k.options.armErrorType).includes('cache')
    if (isCache && info.physicalFaultAddress !== undefined) {
      queued = ghesDoMemoryFailure(k, info.physicalFaultAddress, sync ? MF_ACTION_REQUIRED : 0, ctx)
    } else {
      warnUnhandled(k, info.type)
    }
    at += length
  }
  return queued
}

import { ghesOverRead, traceLost } from '../../contracts/notes/kernel-steps-apei.ts'
import { armContextsAt, ARM_CONTEXT_HEADER_SIZE } from '../../formats/arm-context.ts'
import { ARM_ERROR_INFO_SIZE } from '../../formats/arm-error-info.ts'
import { ARM_PROCESSOR_HEADER_SIZE, type ArmProcessorHeader } from '../../formats/arm-processor-section.ts'
import { FormatError } from '../../formats/format-error.ts'
import { firstErrInfo, procArmOf } from '../cper/cper-arm-err.ts'
import { readBeyond, type Estatus, type EstatusSection } from '../cper/estatus.ts'
import type { GhesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { printk, stepEvent, trace } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { armEventLongText, armEventText, fitsTraceBuffer } from './ras-event.ts'

/** Affinity fields of MPIDR_EL1. */
const MPIDR_HWID_BITMASK = 0xff00ffffffn

/** Logical CPU of an MPIDR, -1 when there is none; CPUs are numbered by Aff0 as QEMU and most firmware do. */
function logicalCpu(k: Kernel, { mpidr, unvalidated }: ArmProcessorHeader): number {
  const id = (mpidr ?? unvalidated?.mpidr ?? 0n) & MPIDR_HWID_BITMASK
  return id < BigInt(k.options.cpus) ? Number(id) : -1
}

/** Bytes of the context structures, undefined when one says that it is larger than all there is. */
function contextsLength(block: Uint8Array, at: number, count: number): number | undefined {
  const there = Math.max(block.length - at, 0)
  try {
    return armContextsAt(readBeyond(block, at, there + count * ARM_CONTEXT_HEADER_SIZE), 0, count, 'packed').next
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/**
 * log_arm_hw_error(): the arm_event tracepoint, whatever the severity. The long form carries the rest of the section,
 * with lengths that the counts in it claim.
 *
 * Spec: Linux 6.1.192 (short) and 6.12.95 (long), drivers/ras/ras.c, log_arm_hw_error.
 * Fidelity: approximates: bytes behind the block are zero; a context larger than the block loses the event.
 */
export function logArmHwError(
  k: Kernel,
  estatus: Estatus,
  section: EstatusSection,
  severity: GhesSeverity,
  ctx: Context
): void {
  const proc = procArmOf(estatus, section)
  if (!knob(k.version, 'armEventLong')) return trace(k, ctx, 'arm_event', armEventText(proc))

  const infosAt = firstErrInfo(section)
  const contextsAt = infosAt + proc.errorInfoCount * ARM_ERROR_INFO_SIZE
  const contexts = contextsLength(estatus.bytes, contextsAt, proc.contextCount)
  if (contexts === undefined) return stepEvent(k, traceLost, { event: 'arm_event', why: 'context beyond the block' })
  const vendorAt = contextsAt + contexts
  let vendor = (proc.sectionLength - (ARM_PROCESSOR_HEADER_SIZE + vendorAt - infosAt)) | 0
  if (vendor < 0) {
    printk(k, `[Firmware Bug]: section length: ${proc.sectionLength | 0}`)
    printk(k, '[Firmware Bug]: section length is too small')
    printk(k, '[Firmware Bug]: firmware-generated error record is incorrect')
    vendor = 0
  }
  const end = vendorAt + vendor
  if (!fitsTraceBuffer(k, end - infosAt)) {
    return stepEvent(k, traceLost, { event: 'arm_event', why: 'larger than a page', length: end - infosAt })
  }
  const sectionEnd = section.payloadAt + section.entry.payload.length
  if (end > sectionEnd) stepEvent(k, ghesOverRead, { event: 'arm_event', bytes: end - sectionEnd })
  const text = armEventLongText(proc, {
    cpu: logicalCpu(k, proc),
    severity,
    errorInfo: readBeyond(estatus.bytes, infosAt, contextsAt - infosAt),
    contexts: readBeyond(estatus.bytes, contextsAt, contexts),
    vendor: readBeyond(estatus.bytes, vendorAt, vendor)
  })
  trace(k, ctx, 'arm_event', text)
}

import { hex } from '../../shared/formats/hex.ts'
import type { RasRecord, Severity } from '../../shared/contracts/common.ts'
import { MIDR_EL1 } from '../../shared/contracts/hardware.ts'
import {
  ARM_ERROR_FLAG,
  ARM_ERROR_TYPE,
  type ArmErrorInfo,
  type ArmErrorKind
} from '../../shared/formats/arm-error-info.ts'
import { encodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { ERROR_DATA_ENTRY_REVISION } from '../../shared/formats/error-data-entry.ts'
import { encodeBlockStatus, encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeMemorySection, MEMORY_ERROR_TYPE } from '../../shared/formats/memory-section.ts'
import { SEVERITY } from '../../shared/formats/severity.ts'

/** The damage is told as a 4 KiB page, whatever the line is. */
const PAGE_MASK = 0xffff_ffff_ffff_f000n
const RUNNING = 1

const ARM_ERROR_KIND: Readonly<Record<Exclude<RasRecord['kind'], 'memory'>, ArmErrorKind>> = {
  cache: 'cache',
  tlb: 'TLB',
  bus: 'bus'
}

/** An event with one section, as the bytes of a Generic Error Status Block. */
export function statusBlock(sectionType: string, severity: Severity, payload: Uint8Array): Uint8Array {
  const code = SEVERITY[severity]
  const uncorrectable = severity === 'recoverable' || severity === 'fatal'
  const entry = { sectionType, severity: code, revision: ERROR_DATA_ENTRY_REVISION.v3, flags: 0, payload }
  return encodeErrorStatusBlock({
    blockStatus: encodeBlockStatus({ uncorrectable, correctable: !uncorrectable, entryCount: 1 }),
    severity: code,
    entries: [entry]
  })
}

/** An ARM processor error, of one kind and on one PE. */
export function processorRecord(
  kind: ArmErrorKind,
  severity: Severity,
  known: { readonly physicalFaultAddress?: bigint; readonly mpidr?: bigint }
): Uint8Array {
  const { physicalFaultAddress, mpidr } = known
  const error: ArmErrorInfo = {
    type: ARM_ERROR_TYPE.bitmask[kind],
    multipleError: 0,
    flags: ARM_ERROR_FLAG.first | ARM_ERROR_FLAG.last,
    ...(physicalFaultAddress === undefined ? {} : { physicalFaultAddress })
  }
  const section = encodeArmProcessorSection({
    midr: MIDR_EL1,
    ...(mpidr === undefined ? {} : { mpidr }),
    runningState: RUNNING,
    psciState: 0,
    errors: [error],
    contexts: []
  })
  return statusBlock(SECTION_TYPE.processorArm, severity, section)
}

/**
 * What firmware writes for the record of a RAS node: a memory section for memory, else an ARM processor section. A node
 * that knows no address gives a record without one, and nobody can isolate a page for it.
 *
 * Spec: UEFI 2.10, N.2.5 (memory), N.2.4.4 (ARM processor, type as a bit mask); ACPI 6.5, 18.3.2.7.1.
 * Fidelity: approximates. No DIMM location, register contexts, error information word, FRU or time.
 */
export function buildRecord({ kind, severity, hostPhysical }: RasRecord): Uint8Array {
  if (kind !== 'memory') {
    const known = hostPhysical === undefined ? {} : { physicalFaultAddress: hostPhysical }
    return processorRecord(ARM_ERROR_KIND[kind], severity, known)
  }
  const section = encodeMemorySection({
    ...(hostPhysical === undefined ? {} : { physicalAddress: hostPhysical, physicalAddressMask: PAGE_MASK }),
    errorType: MEMORY_ERROR_TYPE.indexOf(severity === 'corrected' ? 'single-bit ECC' : 'multi-bit ECC')
  })
  return statusBlock(SECTION_TYPE.platformMemory, severity, section)
}

/** Names the error of a node's record, so that a further report of it is known; undefined without an address. */
export function errorName({ kind, severity, hostPhysical }: RasRecord): string | undefined {
  return hostPhysical === undefined ? undefined : `${severity} ${kind} error at ${hex(hostPhysical)}`
}

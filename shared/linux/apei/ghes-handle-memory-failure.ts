import { hex } from '../../formats/hex.ts'
import { ghesQueued } from '../../contracts/notes/kernel-steps-apei.ts'
import { SECTION_FLAG } from '../../formats/error-data-entry.ts'
import { memErrOf } from '../cper/cper-mem-err.ts'
import type { Estatus, EstatusSection } from '../cper/estatus.ts'
import { GHES_SEV, ghesSeverity, type GhesSeverity } from '../cper/ghes-severity.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { MF_ACTION_REQUIRED, MF_SOFT_OFFLINE } from '../mm/memory-failure-flags.ts'
import { memoryFailureQueue } from '../mm/memory-failure-queue.ts'
import { stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { printkRatelimited } from '../kernel/ratelimit.ts'

/** Rows that lead to an action; whatever matches none, or has no physical address, leads to nothing. */
const DECISIONS: readonly {
  readonly section: GhesSeverity
  readonly block: GhesSeverity | 'any'
  readonly threshold: boolean | 'any'
  readonly action: 'soft offline' | 'memory failure'
}[] = [
  { section: GHES_SEV.corrected, block: 'any', threshold: true, action: 'soft offline' },
  { section: GHES_SEV.recoverable, block: GHES_SEV.recoverable, threshold: 'any', action: 'memory failure' }
]

/** pfn_valid(): what is not RAM has no struct page. Reserved and no-map RAM has one. */
function pfnValid(k: Kernel, physical: bigint): boolean {
  return k.memory.some(({ start, end }) => physical >= start && physical < end)
}

/**
 * ghes_do_memory_failure(): hands one page to memory_failure(). Returns whether it was handed over; a page that the
 * full FIFO dropped counts as handed over. A kernel without CONFIG_ACPI_APEI_MEMORY_FAILURE hands over none.
 *
 * Spec: Linux 6.1.192 (checks the PFN) and 7.3.4 (does not), drivers/acpi/apei/ghes.c, ghes_do_memory_failure.
 * Fidelity: exact.
 */
export function ghesDoMemoryFailure(k: Kernel, physical: bigint, flags: number, ctx: Context): boolean {
  if (!k.options.memoryFailure) return false
  if (knob(k.version, 'badPfn') === 'ghes' && !pfnValid(k, physical)) {
    const address = physical === 0n ? '0' : hex(physical)
    printkRatelimited(
      k,
      'ghes_do_memory_failure',
      'address',
      `[Firmware Warn]: GHES: Invalid address in generic error data: ${address}`
    )
    return false
  }
  const pfn = physical >> BigInt(Math.log2(k.options.pageSize))
  memoryFailureQueue(k, pfn, flags, ctx.cpu)
  stepEvent(k, ghesQueued, { pfn: hex(pfn), flags, cpu: ctx.cpu })
  return true
}

/**
 * ghes_handle_memory_failure(): what a memory section leads to. Error type and mask play no part, one page is handled.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_handle_memory_failure.
 * Fidelity: exact.
 */
export function ghesHandleMemoryFailure(
  k: Kernel,
  estatus: Estatus,
  section: EstatusSection,
  blockSeverity: GhesSeverity,
  sync: boolean,
  ctx: Context
): boolean {
  const { physicalAddress } = memErrOf(estatus, section)
  if (physicalAddress === undefined) return false
  const severity = ghesSeverity(section.entry.severity)
  const threshold = (section.entry.flags & SECTION_FLAG.thresholdExceeded) !== 0
  const decision = DECISIONS.find(
    (row) =>
      row.section === severity &&
      (row.block === 'any' || row.block === blockSeverity) &&
      (row.threshold === 'any' || row.threshold === threshold)
  )
  if (decision === undefined) return false
  const flags = decision.action === 'soft offline' ? MF_SOFT_OFFLINE : sync ? MF_ACTION_REQUIRED : 0
  return ghesDoMemoryFailure(k, physicalAddress, flags, ctx)
}

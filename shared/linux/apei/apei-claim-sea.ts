import { apeiClaimSeaStep, apeiClaimSeiStep } from '../../contracts/notes/kernel-steps-apei.ts'
import { viewOf } from '../../formats/bytes.ts'
import { NOTIFY } from '../../formats/hest-notification.ts'
import { ghesInNmiSpoolFromList } from './ghes-in-nmi-spool-from-list.ts'
import { ghesProcInIrq } from './ghes-proc-in-irq.ts'
import type { Context, Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/** What APEI made of an abort. */
export interface ClaimResult {
  /** A record was found: the abort is dealt with as far as the exception handler goes. */
  readonly claimed: boolean
  /**
   * A task work was added to the consumer, which then races the kworker for the FIFO. The FIFO may hold pages without
   * it, for the kworker.
   */
  readonly queued: boolean
}

const NOT_CLAIMED: ClaimResult = { claimed: false, queued: false }

/** ghes_has_active_errors(): from 7.0 on, one look at the blocks that were found at probe decides. */
function hasActiveErrors(k: Kernel, sources: readonly Ghes[]): boolean {
  return sources.some(({ mappedBlock = 0n }) => {
    const status = mappedBlock === 0n ? undefined : k.platform.readPhysical(mappedBlock, 4)
    return status !== undefined && viewOf(status).getUint32(0) !== 0
  })
}

function claim(k: Kernel, ctx: Context, notify: number, claimStep: typeof apeiClaimSeaStep): ClaimResult {
  if (k.panic !== undefined) return NOT_CLAIMED
  const sources = k.ghes.filter((source) => source.state === 'armed' && source.notify === notify)
  if (notify === NOTIFY.SEA && knob(k.version, 'seaBlockMappedAtProbe') && !hasActiveErrors(k, sources)) {
    stepEvent(k, claimStep, { claimed: false, why: 'no block of a source is in use' })
    return NOT_CLAIMED
  }
  const { claimed, nodes } = ghesInNmiSpoolFromList(k, sources)
  stepEvent(k, claimStep, { claimed, records: nodes.length })
  return { claimed, queued: ghesProcInIrq(k, nodes, ctx) }
}

/**
 * apei_claim_sea(): asks the SEA sources about a synchronous external abort that was taken from user mode or from a
 * guest. `ctx` is the task it interrupted. The irq_work has run when this returns: pages are queued, or the task got
 * its SIGBUS because none was.
 *
 * Spec: Linux 6.1.192, arch/arm64/kernel/acpi.c, apei_claim_sea; drivers/acpi/apei/ghes.c, ghes_notify_sea.
 * Fidelity: omits contexts with interrupts masked, from which Linux never asks.
 */
export function apeiClaimSea(k: Kernel, ctx: Context): ClaimResult {
  return claim(k, ctx, NOTIFY.SEA, apeiClaimSeaStep)
}

/**
 * The same for an SError and SEI sources. No Linux does this: no source of type SEI is armed without `options.sei`.
 *
 * Spec: ours, after patches to drivers/acpi/apei/ghes.c that were never merged.
 * Fidelity: approximates: the record counts as asynchronous, since the context of an SError is not its consumer.
 */
export function apeiClaimSei(k: Kernel, ctx: Context): ClaimResult {
  return claim(k, ctx, NOTIFY.SEI, apeiClaimSeiStep)
}

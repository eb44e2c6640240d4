import { hex } from '../../formats/hex.ts'
import { ghesCleared } from '../../contracts/notes/kernel-steps-apei.ts'
import { ghesAckError } from './ghes-ack-error.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'

/** Block Status is the first word of the block; only it is cleared, the rest of the record stays in memory. */
const BLOCK_STATUS_SIZE = 4

/**
 * ghes_clear_estatus(): marks the block as read and, for GHESv2, acknowledges it. `block` is 0 when the read phase
 * found no record: then neither happens.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_clear_estatus.
 * Fidelity: exact.
 */
export function ghesClearEstatus(k: Kernel, source: Ghes, block: bigint): void {
  if (block === 0n) return
  k.platform.writePhysical(block, new Uint8Array(BLOCK_STATUS_SIZE))
  stepEvent(k, ghesCleared, { source: source.sourceId, block: hex(block) })
  ghesAckError(k, source)
}

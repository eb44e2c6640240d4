import { ENOENT } from '../kernel/errno.ts'
import { ghesInNmiQueueOneEntry, type EstatusNode } from './ghes-in-nmi-queue-one-entry.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'

export interface Spool {
  readonly claimed: boolean
  readonly nodes: readonly EstatusNode[]
}

/**
 * ghes_in_nmi_spool_from_list(): asks every source of a list, the newest first, for one record. One that has any makes
 * the notification claimed.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_in_nmi_spool_from_list.
 * Fidelity: exact.
 */
export function ghesInNmiSpoolFromList(k: Kernel, sources: readonly Ghes[]): Spool {
  const nodes: EstatusNode[] = []
  let result = -ENOENT
  for (const source of sources.toReversed()) {
    if (k.panic !== undefined) break
    if (ghesInNmiQueueOneEntry(k, source, nodes) === 0) result = 0
  }
  return { claimed: result === 0 && k.panic === undefined, nodes: k.panic === undefined ? nodes : [] }
}

import { hex } from '../../formats/hex.ts'
import { ghesDuplicate, ghesPoolExhausted } from '../../contracts/notes/kernel-steps-apei.ts'
import { ECANCELED, EIO, ENOENT, ENOMEM } from '../kernel/errno.ts'
import { estatusLength, type Estatus } from '../cper/estatus.ts'
import { ghesClearEstatus } from './ghes-clear-estatus.ts'
import { ghesEstatusCached } from './ghes-estatus-cache.ts'
import { ghesPanic } from './ghes-panic.ts'
import { ghesPrintEstatus } from './ghes-print.ts'
import { ghesCheckEstatus, ghesCopyEstatus, ghesPeekEstatus } from './ghes-read-estatus.ts'
import { estatusIsFatal } from '../cper/ghes-severity.ts'
import type { Ghes, Kernel } from '../kernel/state.ts'
import { stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/** A record taken in NMI-like context that waits for the irq_work. */
export interface EstatusNode {
  readonly source: Ghes
  readonly estatus: Estatus
}

/** sizeof(struct ghes_estatus_node) and of struct ghes_estatus_cache, which come before a record in the pool. */
const NODE_OVERHEAD = 48
const CACHE_OVERHEAD = 40
/** The pool hands out multiples of this. */
const POOL_ALIGN = 8

const allocation = (length: number): number => Math.ceil(length / POOL_ALIGN) * POOL_ALIGN

function poolHasRoom(k: Kernel, queued: readonly EstatusNode[], length: number): boolean {
  let used = allocation(NODE_OVERHEAD + length)
  for (const { estatus } of queued) used += allocation(NODE_OVERHEAD + estatus.bytes.length)
  for (const { block } of k.estatusCache) used += allocation(CACHE_OVERHEAD + block.length)
  return used <= k.estatusPoolBytes
}

/**
 * ghes_in_nmi_queue_one_entry(): takes the record out of one source in NMI-like context. It is cleared and acknowledged
 * before anything is done with it, then dropped if it was printed within the last ten seconds, else put on `queue`.
 * Returns 0 when the notification counts as claimed. When the pool is exhausted the record stays where it is.
 *
 * Spec: Linux 6.1.192 (a duplicate counts) and 6.12.117 (it does not), drivers/acpi/apei/ghes.c,
 * ghes_in_nmi_queue_one_entry.
 * Fidelity: approximates the fill of the pool: vendor records and task work are not counted.
 */
export function ghesInNmiQueueOneEntry(k: Kernel, source: Ghes, queue: EstatusNode[]): number {
  const { sourceId } = source
  const { rc, block, header } = ghesPeekEstatus(k, source)
  if (header === undefined) return rc
  if (!ghesCheckEstatus(k, source, header)) {
    ghesClearEstatus(k, source, block)
    return -EIO
  }
  const length = estatusLength(header)
  if (!poolHasRoom(k, queue, length)) {
    stepEvent(k, ghesPoolExhausted, { source: sourceId, block: hex(block), length })
    return -ENOMEM
  }
  const estatus = ghesCopyEstatus(k, source, block, length)
  if (estatus === undefined) {
    ghesClearEstatus(k, source, block)
    return -ENOENT
  }
  if (estatusIsFatal(estatus.header.severity)) {
    for (const node of queue) ghesPrintEstatus(k, node.source.sourceId, node.estatus)
    ghesPanic(k, source, estatus, block)
    return -ENOENT
  }
  ghesClearEstatus(k, source, block)
  if (ghesEstatusCached(k, estatus.bytes)) {
    const claimed = knob(k.version, 'dupSeaClaimed')
    stepEvent(k, ghesDuplicate, { source: sourceId, effect: 'dropped', claimed, livelock: claimed })
    return claimed ? 0 : -ECANCELED
  }
  queue.push({ source, estatus })
  return 0
}

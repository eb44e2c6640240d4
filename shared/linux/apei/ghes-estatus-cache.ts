import type { Kernel } from '../kernel/state.ts'

const GHES_ESTATUS_CACHES_SIZE = 4
const GHES_ESTATUS_IN_CACHE_MAX_NSEC = 10e9

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/**
 * ghes_estatus_cached(): whether this very block, byte for byte, was printed within the last ten seconds. A slot that
 * is too old counts the hit all the same and hides no younger one.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_estatus_cached.
 * Fidelity: exact.
 */
export function ghesEstatusCached(k: Kernel, block: Uint8Array): boolean {
  const slot = k.estatusCache.findIndex((cached) => equal(cached.block, block))
  const hit = k.estatusCache[slot]
  if (hit === undefined) return false
  k.estatusCache = k.estatusCache.with(slot, { ...hit, count: hit.count + 1 })
  return k.platform.now - hit.timeIn < GHES_ESTATUS_IN_CACHE_MAX_NSEC
}

/** The slot a new block takes: an empty one, else the first that is too old, else the oldest for the hits it had. */
function slotFor(k: Kernel): number | undefined {
  let longest = 0
  let slot: number | undefined
  for (let at = 0; at < GHES_ESTATUS_CACHES_SIZE; at++) {
    const cached = k.estatusCache[at]
    if (cached === undefined) return at
    const age = k.platform.now - cached.timeIn
    if (age >= GHES_ESTATUS_IN_CACHE_MAX_NSEC) return at
    const period = Math.floor(age / (cached.count + 1))
    if (period > longest) {
      longest = period
      slot = at
    }
  }
  return slot
}

/**
 * ghes_estatus_cache_add(): remembers a block that was printed; nothing else ever gets in here, so what the rate limit
 * kept back is not known the next time.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_estatus_cache_add.
 * Fidelity: omits the limit of six allocations while RCU still holds replaced blocks.
 */
export function ghesEstatusCacheAdd(k: Kernel, block: Uint8Array): void {
  const slot = slotFor(k)
  if (slot === undefined) return
  const caches = k.estatusCache.slice()
  caches[slot] = { block: block.slice(), count: 0, timeIn: k.platform.now }
  k.estatusCache = caches
}

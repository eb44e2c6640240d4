import type { GhesSource } from '../../formats/ghes-source.ts'
import { ghesSources } from '../../formats/hest.ts'
import { createKernel, kernelOf } from '../kernel/create.ts'
import type { Kernel, Platform } from '../kernel/state.ts'
import type { Version } from '../profile.ts'
import { probeGhes } from './ghes-probe.ts'

/** What becomes of a GHES or GHESv2; all are `unused` when the kernel takes none of the table's sources. */
export interface SourceVerdict {
  readonly source: GhesSource
  readonly state: 'armed' | 'refused' | 'disabled' | 'unused'
  readonly reason?: string
}

export interface HestVerdict {
  readonly hest: Kernel['hest']
  /** The lines that the boot prints about it. */
  readonly log: readonly string[]
  /** In the order of the table, as many as the count and the lengths let a reader find. */
  readonly sources: readonly SourceVerdict[]
}

/**
 * What a kernel that boots now would make of a HEST: the same rules as the boot itself, on a kernel that is thrown away.
 * An SDEI interface answers and no driver has mapped a GSI.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/hest.c, acpi_hest_init; ghes.c, ghes_probe.
 * Fidelity: exact as far as those rules are.
 */
export function hestVerdict(
  table: Uint8Array,
  readPhysical: Platform['readPhysical'],
  version: Version = '6.1'
): HestVerdict {
  const log: string[] = []
  const k = kernelOf(createKernel({ version, options: { sdei: true } }), {
    now: 0,
    readPhysical,
    writePhysical() {},
    invalidate() {},
    signal() {},
    event: (event) => void (event.type === 'printk' && log.push(event.text))
  })
  probeGhes(k, table)
  const probed = k.ghes[Symbol.iterator]()
  const sources = ghesSources(table).map((source): SourceVerdict => {
    if (k.hest !== 'enabled') return { source, state: 'unused' }
    if (source.enabled === 0) return { source, state: 'disabled' }
    const { state = 'unused', reason } = probed.next().value ?? {}
    return { source, state, ...(reason === undefined ? {} : { reason }) }
  })
  return { hest: k.hest, log, sources }
}

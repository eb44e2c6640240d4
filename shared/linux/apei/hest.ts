import { GHES_TYPE, GHES_V2_TYPE, ghesSourceAt, type GhesSource } from '../../formats/ghes-source.ts'
import { walkHest } from '../../formats/hest.ts'
import { viewOf } from '../../formats/bytes.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'

const SOURCE_ID_OFFSET = 2

export interface HestResult {
  readonly hest: 'enabled' | 'disabled'
  /** Enabled GHES and GHESv2 sources in the order of the table; none when the HEST is disabled. */
  readonly sources: readonly GhesSource[]
  /** GHES and GHESv2 entries, enabled or not. */
  readonly count: number
}

const DISABLED: HestResult = { hest: 'disabled', sources: [], count: 0 }

/**
 * acpi_hest_init() and apei_hest_parse(): one entry of an unknown type, one that runs past the table, or two enabled
 * sources with one id disable the whole table. Which records an entry preallocates, its raw data length and its related
 * source are not looked at.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/hest.c, acpi_hest_init, apei_hest_parse, hest_parse_ghes.
 * Fidelity: omits GHES_ASSIST structures, which belong to IA-32 sources.
 */
export function parseHest(k: Kernel, table: Uint8Array): HestResult {
  const all: GhesSource[] = []
  for (const { type, size, fits, bytes } of walkHest(table)) {
    const sourceId = bytes.length < SOURCE_ID_OFFSET + 2 ? 0 : viewOf(bytes).getUint16(SOURCE_ID_OFFSET)
    if (size === undefined) {
      printk(
        k,
        '[Firmware Warn]: HEST: Unknown or unused hardware error source ' +
          `type: ${type} for hardware error source: ${sourceId}.`
      )
      return DISABLED
    }
    if (!fits) {
      printk(k, `[Firmware Bug]: HEST: Table contents overflow for hardware error source: ${sourceId}.`)
      return DISABLED
    }
    if (type === GHES_TYPE || type === GHES_V2_TYPE) all.push(ghesSourceAt(bytes, 0))
  }
  const sources: GhesSource[] = []
  for (const source of all) {
    if (source.enabled === 0) continue
    if (sources.some(({ sourceId }) => sourceId === source.sourceId)) {
      printk(k, `[Firmware Warn]: HEST: Duplicated hardware error source ID: ${source.sourceId}.`)
      return DISABLED
    }
    sources.push(source)
  }
  printk(k, 'HEST: Table parsing has been initialized.')
  return { hest: 'enabled', sources, count: all.length }
}

import { MF_PAGE_TYPES } from '../../../shared/contracts/notes/memory-failure-types.ts'
import type { WireEntry } from '../../../shared/trace/entry.ts'
import type { Row, Table } from './tables.ts'

/** Whose tracepoints: the host's kernel, or the guest's of a VM. */
export type Whose = { readonly kernel: 'host' } | { readonly kernel: 'guest'; readonly vm: string }

/** What rasdaemon would have recorded of a run: a row for each tracepoint that it reads, in order. */
export function predictedRows(journal: readonly WireEntry[], whose: Whose): readonly Row[] {
  return journal.flatMap(({ kind, type, data }) => {
    if (kind !== 'note' || type !== `${whose.kernel}.trace`) return []
    const { event, text, vm } = data as { readonly event: string; readonly text: string; readonly vm?: string }
    if (whose.kernel === 'guest' && vm !== whose.vm) return []
    return rowOf(event, text)
  })
}

type Values = Readonly<Record<string, string>>

/**
 * How each tracepoint's text comes to columns: those of rasdaemon's handlers.
 *
 * Spec: rasdaemon 0.8.5, ras-mc-handler.c, ras-aer-handler.c, ras-non-standard-handler.c, ras-arm-handler.c,
 * ras-memory-failure-handler.c.
 * Fidelity: exact for the columns compared.
 */
const READ: Readonly<Record<Table, (text: string) => Values | undefined>> = {
  mc_event: (text) => {
    const found =
      /^(?<err_count>\d+) (?<err_type>\w+) errors?:(?: (?<err_msg>.*?))? on (?<label>.*?) \(mc:(?<mc>\d+) location:(?<top_layer>-?\d+):(?<middle_layer>-?\d+):(?<lower_layer>-?\d+) address:(?<address>\w+) grain:(?<grain>\d+) syndrome:(?<syndrome>\w+)(?: (?<driver_detail>.*))?\)$/s.exec(
        text
      )?.groups
    if (found === undefined) return undefined
    const { address = '', syndrome = '', err_msg = '', driver_detail = '', grain = '1' } = found
    // What is kept is the field of the tracepoint, grain_bits, of which the text shows the power of two.
    const bits = String(Math.log2(Number(grain)))
    return { ...found, err_msg, driver_detail, grain: bits, address: number(address), syndrome: number(syndrome) }
  },
  aer_event: (text) => {
    const { dev_name = '', severity = '' } =
      /^(?<dev_name>\S+) PCIe Bus Error: severity=(?<severity>[^,]+(?:, non-fatal)?),/.exec(text)?.groups ?? {}
    return dev_name === '' ? undefined : { dev_name, err_type: AER_TYPE[severity] ?? 'Unknown severity' }
  },
  non_standard_event: (text) => {
    const found =
      /^severity: (?<severity>\d+); sec type:(?<sec_type>[\da-f-]+); FRU: (?<fru_id>[\da-f-]+) (?<fru_text>.*); data len:\d+; raw data:(?<error>[\da-f ]*)$/s.exec(
        text
      )?.groups
    if (found === undefined) return undefined
    const { severity = '', sec_type = '', fru_id = '', fru_text = '', error = '' } = found
    return {
      sec_type: bytes(sec_type),
      fru_id: bytes(fru_id),
      fru_text,
      severity: SEVERITY[Number(severity)] ?? 'Fatal',
      error: bytes(error)
    }
  },
  arm_event: (text) => {
    const found =
      /affinity level: (?<affinity>\d+); MPIDR: (?<mpidr>\w+); MIDR: \w+; running state: (?<running_state>-?\d+); PSCI state: (?<psci_state>-?\d+)/.exec(
        text
      )?.groups
    if (found === undefined) return undefined
    const { mpidr = '0', affinity = '255', ...rest } = found
    const raw = (name: string) => new RegExp(`${name} raw data: ([\\da-f ]*)`).exec(text)?.[1]
    const data = {
      err_info: raw('ARM Processor Err Info'),
      context_info: raw('ARM Processor Err Context Info'),
      vendor_info: raw('Vendor Specific Err Info')
    }
    const blobs = Object.entries(data).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, bytes(value)] as const]
    )
    // An int8_t there: 255, which stands for none, is kept as -1.
    const signed = String((Number(affinity) << 24) >> 24)
    return { ...rest, affinity: signed, mpidr: number(`0x${mpidr}`), ...Object.fromEntries(blobs) }
  },
  memory_failure_event: (text) =>
    /^pfn (?<pfn>0x[\da-f]+): recovery action for (?<page_type>.*): (?<action_result>\w+)$/.exec(text)?.groups
}

function rowOf(event: string, text: string): readonly Row[] {
  if (!Object.hasOwn(READ, event)) return []
  const table = event as Table
  const values = READ[table](text)
  if (values === undefined) throw new TypeError(`the text of a ${event} is in no form that is known: ${text}`)
  return [{ table, values }]
}

/** As SQLite gives it back: a signed word of 64 bits. */
const number = (hex: string): string => String(BigInt.asIntN(64, BigInt(hex)))
const bytes = (text: string): string => text.replaceAll(/[ -]/g, '')

const SEVERITY = ['Informational', 'Corrected', 'Recoverable', 'Fatal'] as const
const AER_TYPE: Readonly<Record<string, string>> = {
  'Uncorrected, non-fatal': 'Uncorrected (Non-Fatal)',
  Fatal: 'Uncorrected (Fatal)',
  Corrected: 'Corrected'
}

/** Page types that only some kernels have, by the number of the release's series. */
const ONLY: Readonly<Record<string, (series: number) => boolean>> = {
  'kernel slab page': (series) => series < 6.12,
  'different compound page after locking': (series) => series < 6.12,
  'get hwpoison page': (series) => series >= 6.12,
  'already poisoned page': (series) => series >= 6.12,
  'non struct page pfn': (series) => series >= 7
}

/**
 * What rasdaemon calls a page type: it has the names of 6.1 and goes by number, so on a newer kernel some are other ones. Only a
 * name that differs is given.
 *
 * Spec: rasdaemon 0.8.5, ras-memory-failure-handler.c, mf_page_type; Linux 6.1.192, 6.12.117 and 7.3.4, include/linux/mm.h,
 * enum mf_action_page_type.
 * Fidelity: exact for 6.1, 6.12 and 7.3.
 */
export function pageTypeByNumber(type: string, linux: string): string | undefined {
  const of = (series: number) => MF_PAGE_TYPES.filter((name) => ONLY[name]?.(series) ?? true)
  // 6.1, 6.12, 7.3: the minor number has two digits at most.
  const [major = '6', minor = '1'] = linux.split('.')
  const number = of(Number(major) + Number(minor) / 100).findIndex((name) => name === type || name === `${type} page`)
  const name = number < 0 ? undefined : (of(6.01)[number] ?? 'unknown page')
  return name === type ? undefined : name
}

/**
 * The tables of rasdaemon that tracepoints of the error path end up in, with the columns that are compared, in its order. Not
 * compared are ids and times, and what rasdaemon makes of the raw data of an arm_event.
 *
 * Spec: rasdaemon 0.8.5, ras-record.c.
 * Fidelity: omits tables of tracepoints that the model does not have: extlog_event, mce_record, devlink_event, disk_errors,
 * cxl_*, and those of vendors' decoders.
 */
export const TABLES = {
  mc_event: [
    'err_count',
    'err_type',
    'err_msg',
    'label',
    'mc',
    'top_layer',
    'middle_layer',
    'lower_layer',
    'address',
    'grain',
    'syndrome',
    'driver_detail'
  ],
  aer_event: ['dev_name', 'err_type'],
  non_standard_event: ['sec_type', 'fru_id', 'fru_text', 'severity', 'error'],
  arm_event: ['affinity', 'mpidr', 'running_state', 'psci_state', 'err_info', 'context_info', 'vendor_info'],
  memory_failure_event: ['pfn', 'page_type', 'action_result']
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Table = keyof typeof TABLES
export const isTable = (name: string): name is Table => Object.hasOwn(TABLES, name)

/** A row: numbers as decimal text, bytes in hex, both as one reads them in a table; a column that was not filled is absent. */
export interface Row {
  readonly table: Table
  readonly values: Readonly<Record<string, string>>
}

import { hex } from '../../formats/hex.ts'
import type { ArmProcessorHeader } from '../../formats/arm-processor-section.ts'
import type { Kernel } from '../kernel/state.ts'

/** What the ring buffer puts around an event: page and event header, and the fixed fields. */
const TRACE_EVENT_OVERHEAD = 96

/** Whether an event with this many bytes of data gets into the ring buffer, whose pages events do not cross. */
export function fitsTraceBuffer(k: Kernel, dataLength: number): boolean {
  return dataLength + TRACE_EVENT_OVERHEAD <= k.options.pageSize
}

const hexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
const hex64 = (value: bigint): string => value.toString(16).padStart(16, '0')

/** `%pU`: the sixteen bytes in the order of memory, which is not how a GUID is written. */
function rawUuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)]
  return parts.join('-')
}

/**
 * arm_event: fields without a validation bit read as affinity 255, MPIDR 0 and -1.
 *
 * Spec: Linux 6.1.192, include/ras/ras_event.h, arm_event.
 * Fidelity: exact.
 */
export function armEventText(proc: ArmProcessorHeader): string {
  const { affinityLevel = 255, mpidr = 0n, midr, runningState, psciState } = proc
  return (
    `affinity level: ${affinityLevel}; MPIDR: ${hex64(mpidr)}; MIDR: ${hex64(midr)}; ` +
    `running state: ${(runningState ?? -1) | 0}; PSCI state: ${(psciState ?? -1) | 0}`
  )
}

/** What newer kernels add to arm_event. */
export interface ArmEventExtra {
  /** Logical CPU, -1 when unknown. */
  readonly cpu: number
  /** GHES severity of the section. */
  readonly severity: number
  readonly errorInfo: Uint8Array
  readonly contexts: Uint8Array
  readonly vendor: Uint8Array
}

/**
 * arm_event with CPU, severity and raw data.
 *
 * Spec: Linux 6.12.95, include/ras/ras_event.h, arm_event.
 * Fidelity: exact.
 */
export function armEventLongText(proc: ArmProcessorHeader, extra: ArmEventExtra): string {
  const data = (name: string, bytes: Uint8Array): string =>
    `${name} data len: ${bytes.length}; ${name} raw data: ${hexBytes(bytes)}`
  return [
    `cpu: ${extra.cpu}`,
    `error: ${extra.severity}`,
    armEventText(proc),
    data('ARM Processor Err Info', extra.errorInfo),
    data('ARM Processor Err Context Info', extra.contexts),
    data('Vendor Specific Err Info', extra.vendor)
  ].join('; ')
}

/**
 * non_standard_event: both UUIDs in the order of their bytes.
 *
 * Spec: Linux 6.1.192, include/ras/ras_event.h, non_standard_event.
 * Fidelity: exact.
 */
export function nonStandardEventText(event: {
  /** GHES severity of the section. */
  readonly severity: number
  readonly sectionType: Uint8Array
  readonly fruId: Uint8Array
  readonly fruText: string
  readonly data: Uint8Array
}): string {
  return (
    `severity: ${event.severity}; sec type:${rawUuid(event.sectionType)}; FRU: ${rawUuid(event.fruId)} ${event.fruText}; ` +
    `data len:${event.data.length}; raw data:${hexBytes(event.data)}`
  )
}

const HW_EVENT_TYPES = ['Corrected', 'Uncorrected', 'Deferred', 'Fatal', 'Info'] as const

/**
 * mc_event of one error that no DIMM was found for.
 *
 * Spec: Linux 6.1.192, include/ras/ras_event.h, mc_event.
 * Fidelity: exact.
 */
export function mcEventText(event: {
  readonly type: number
  readonly message: string
  readonly label: string
  readonly address: bigint
  readonly grainBits: number
  readonly syndrome: bigint
  readonly detail: string
}): string {
  const hex8 = (value: bigint): string => hex(value, 8)
  const message = event.message === '' ? '' : ` ${event.message}`
  const detail = event.detail === '' ? '' : ` ${event.detail}`
  return (
    `1 ${HW_EVENT_TYPES[event.type] ?? 'Info'} error:${message} on ${event.label} ` +
    `(mc:0 location:-1:-1:-1 address:${hex8(event.address)} grain:${2 ** event.grainBits} ` +
    `syndrome:${hex8(event.syndrome)}${detail})`
  )
}

/** Severities of the AER driver. */
export const AER_SEVERITY = { nonFatal: 0, fatal: 1, correctable: 2 } as const
const AER_SEVERITY_TEXT = ['Uncorrected, non-fatal', 'Fatal', 'Corrected'] as const

const CORRECTABLE: ReadonlyMap<number, string> = new Map([
  [0, 'Receiver Error'],
  [6, 'Bad TLP'],
  [7, 'Bad DLLP'],
  [8, 'RELAY_NUM Rollover'],
  [12, 'Replay Timer Timeout'],
  [13, 'Advisory Non-Fatal Error'],
  [14, 'Corrected Internal Error'],
  [15, 'Header Log Overflow']
])
const UNCORRECTABLE: ReadonlyMap<number, string> = new Map([
  [0, 'Undefined'],
  [4, 'Data Link Protocol Error'],
  [5, 'Surprise Down Error'],
  [12, 'Poisoned TLP'],
  [13, 'Flow Control Protocol Error'],
  [14, 'Completion Timeout'],
  [15, 'Completer Abort'],
  [16, 'Unexpected Completion'],
  [17, 'Receiver Overflow'],
  [18, 'Malformed TLP'],
  [19, 'ECRC Error'],
  [20, 'Unsupported Request Error'],
  [21, 'ACS Violation'],
  [22, 'Uncorrectable Internal Error'],
  [23, 'MC Blocked TLP'],
  [24, 'AtomicOp Egress Blocked'],
  [25, 'TLP Prefix Blocked Error']
])

/** `__print_flags()`: names joined by a bar, what has no name as one number behind them. */
function flags(word: number, names: ReadonlyMap<number, string>): string {
  let rest = word
  const found: string[] = []
  for (const [bit, name] of names) {
    if (((word >>> bit) & 1) === 0) continue
    found.push(name)
    rest = (rest & ~(1 << bit)) >>> 0
  }
  if (rest !== 0) found.push(hex(rest))
  return found.join('|')
}

/**
 * aer_event; without a TLP header it says so.
 *
 * Spec: Linux 6.1.192, include/ras/ras_event.h, aer_event.
 * Fidelity: exact.
 */
export function aerEventText(event: {
  readonly device: string
  readonly status: number
  readonly severity: number
  readonly tlpHeader: readonly number[] | undefined
}): string {
  const names = event.severity === AER_SEVERITY.correctable ? CORRECTABLE : UNCORRECTABLE
  const header = event.tlpHeader?.map((word) => hex(word)).join(',')
  return (
    `${event.device} PCIe Bus Error: severity=${AER_SEVERITY_TEXT[event.severity] ?? 'Corrected'}, ` +
    `${flags(event.status >>> 0, names)}, TLP Header=${header === undefined ? 'Not available' : `{${header}}`}`
  )
}

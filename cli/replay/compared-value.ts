import type { KernelEvent } from '../../shared/linux/kernel/state.ts'
import type { Json } from '../../lab/recording.ts'

/** Why something is not held against the model, by the name that stands in the table. */
export const NOT_COMPARED = {
  time: 'how long it took on the recorded machine',
  accumulates: 'adds up over the runs of a boot, of which this is one',
  'irq number': 'number of the interrupt and count since boot',
  'program address': "address in the program's binary or its libc",
  given: 'address or id that the run could not choose',
  'unknown process': 'address or id of a process that the input does not name',
  allocator: 'which frame the allocator gave instead',
  'held back': 'how many reports the print limit held back before this run: input.setup.print_limit does not say',
  'each its own': 'how often each side won: every run has its own winner',
  'other line': 'line that the model does not print: registers, call trace, modules, other drivers, the shell',
  'earlier run': 'about a page that the input does not name: left over from an earlier run of that boot',
  leftover:
    "read behind the end of the record, which is what earlier records left in the kernel's buffer; assumed to be zeros",
  'not kept': 'only one of kernel and rasdaemon has the column',
  softirq: 'task that the poll timer happened to interrupt'
} as const
export type Reason = keyof typeof NOT_COMPARED

/** One value of a recording beside what the model predicted for it. */
export interface ComparedValue {
  readonly field: string
  readonly predicted: Json | undefined
  readonly observed: Json | undefined
  readonly verdict: 'same' | 'different' | 'not compared'
  readonly reason?: Reason
}

/** What a comparison may look at besides the two values. */
export interface Scope {
  readonly log: readonly KernelEvent[]
  /** The input does not say what the boot had printed before. */
  readonly assumedPrints: boolean
  /** Page frames that the input names, and those that the model dealt with. */
  readonly named: ReadonlySet<bigint>
  /** Address of the page that the run is about, as the recordings write it. */
  readonly page: string | undefined
  /** The run is about a process that the input does not show: its ids and addresses are anyone's guess. */
  readonly unknownProcess: boolean
  /** Nor which page of physical memory is its. */
  readonly unknownPage: boolean
}

export const same = (field: string, predicted: Json | undefined, observed: Json | undefined): ComparedValue => ({
  field,
  predicted,
  observed,
  verdict: 'same'
})
export const different = (field: string, predicted: Json | undefined, observed: Json | undefined): ComparedValue => ({
  field,
  predicted,
  observed,
  verdict: 'different'
})
export const because = (
  reason: Reason,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): ComparedValue => ({ field, predicted, observed, verdict: 'not compared', reason })

/** A value in one line. */
export const shown = (value: Json | undefined): string =>
  value === undefined ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value)

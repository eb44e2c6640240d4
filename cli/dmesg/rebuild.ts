import { ERROR_DATA_ENTRY_REVISION, SECTION_FLAG, type ErrorDataEntry } from '../../shared/formats/error-data-entry.ts'
import { encodeBlockStatus, encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { SEVERITY } from '../../shared/formats/severity.ts'
import { CPER_SECTIONS, ESTATUS_LINES } from '../../shared/linux/cper/cper-estatus-print.ts'
import { parseTimestamp } from '../../shared/linux/cper/cper-print-tstamp.ts'
import { ARM_LINES } from '../../shared/linux/cper/cper-print-proc-arm.ts'
import { UNNAMED_SEVERITY } from '../../shared/linux/cper/ghes-severity.ts'
import { assume, type Assumption } from './assumption.ts'
import type { LogLine } from './log-lines.ts'
import { SECTION_READERS, unknownReader } from './read-sections.ts'
import type { ReportLines } from './reports.ts'
import type { SectionReader } from './section-reader.ts'

/** A record made of the lines that a kernel printed of it. */
export interface Rebuilt {
  readonly number: string
  readonly lines: readonly LogLine[]
  /** The error source, undefined when no line says it. */
  readonly source: number | undefined
  readonly severity: number
  /** The status block, as firmware had it. */
  readonly block: Uint8Array
  readonly assumptions: readonly Assumption[]
  /** How the kernel that printed it read the type byte of an ARM error. */
  readonly armErrorType: 'bitmask' | 'enumeration'
  /** Lines that hold no value that was read. */
  readonly unread: readonly LogLine[]
}

export interface RebuildOptions {
  /** The record was over its threshold: no line of it says so, but what the kernel then did does. */
  readonly threshold: boolean
  /** The kernel looks for the contexts of an ARM section at multiples of 16. */
  readonly contextsAligned: boolean
}

interface Draft {
  severity: number
  fru: { fruId?: string; fruText?: string; timestamp?: bigint }
  sectionType: string | undefined
  reader: SectionReader | undefined
}

const SECTION_NAMES: ReadonlyMap<string, string> = new Map([...CPER_SECTIONS].map(([type, { name }]) => [name, type]))

/** Throws FormatError when a value of the lines does not fit its field. */
export function rebuild({ number, lines }: ReportLines, { threshold, contextsAligned }: RebuildOptions): Rebuilt {
  const drafts: Draft[] = []
  const unread: LogLine[] = []
  let source: number | undefined
  let severity: number | undefined
  let timestamp: bigint | undefined
  let armErrorType: Rebuilt['armErrorType'] = 'bitmask'
  let unknown: ReturnType<typeof unknownReader> | undefined

  function take(text: string): boolean {
    const named = ESTATUS_LINES.source.parse(text)
    if (named !== undefined) source = Number(named['source'])
    const block = ESTATUS_LINES.severity.parse(text)
    if (block !== undefined) severity = Number(block['severity'])
    if (named !== undefined || block !== undefined || ESTATUS_LINES.corrected.parse(text) !== undefined) return true
    const stamp = parseTimestamp(text)
    if (stamp !== undefined) timestamp = stamp
    const start = ESTATUS_LINES.section.parse(text)
    if (start !== undefined) open(Number(start['severity']))
    return stamp !== undefined || start !== undefined || takeInSection(text)
  }

  function open(sectionSeverity: number): void {
    const fru = timestamp === undefined ? {} : { timestamp }
    timestamp = undefined
    drafts.push({ severity: sectionSeverity, fru, sectionType: undefined, reader: undefined })
    unknown = undefined
  }

  function takeInSection(text: string): boolean {
    const draft = drafts.at(-1)
    if (draft === undefined) return false
    const fru = ESTATUS_LINES.fruId.parse(text) ?? ESTATUS_LINES.fruText.parse(text)
    if (fru !== undefined) {
      draft.fru = { ...draft.fru, ...fru }
      return true
    }
    const dumped = ESTATUS_LINES.unknown.parse(text)
    if (dumped !== undefined) {
      unknown = unknownReader()
      draft.sectionType = String(dumped['sectionType'])
      draft.reader = unknown
      return true
    }
    const length = unknown === undefined ? undefined : ESTATUS_LINES.length.parse(text)
    if (length !== undefined) unknown?.setLength(Number(length['length']))
    const type = SECTION_NAMES.get(String(ESTATUS_LINES.known.parse(text)?.['name']))
    if (type !== undefined) {
      draft.sectionType = type
      draft.reader = SECTION_READERS.get(type)?.({ contextsAligned })
    }
    if (draft.sectionType === SECTION_TYPE.processorArm) {
      if (ARM_LINES.type.enumeration.parse(text) !== undefined) armErrorType = 'enumeration'
      if (ARM_LINES.type.bitmask.parse(text) !== undefined) armErrorType = 'bitmask'
    }
    return length !== undefined || type !== undefined || draft.reader?.take(text) === true
  }

  for (const line of lines) if (!take(line.text)) unread.push(line)
  const finished = drafts.flatMap((draft) => finish(draft, threshold))
  const code = severity ?? drafts[0]?.severity ?? SEVERITY.recoverable
  const entries = finished.map(({ entry }) => entry)
  return {
    number,
    lines,
    source,
    severity: code,
    block: blockOf(code, entries),
    assumptions: [
      ...blockAssumptions({ source, severity }, finished.length),
      ...finished.flatMap((one) => one.assumptions)
    ],
    armErrorType,
    unread
  }
}

function blockOf(severity: number, entries: readonly ErrorDataEntry[]): Uint8Array {
  const correctable = severity === SEVERITY.corrected
  const several = entries.length > 1
  const bits = {
    correctable,
    uncorrectable: !correctable,
    multipleCorrectable: correctable && several,
    multipleUncorrectable: !correctable && several,
    entryCount: entries.length
  }
  return encodeErrorStatusBlock({ blockStatus: encodeBlockStatus(bits), severity, entries })
}

function blockAssumptions(
  { source, severity }: { readonly source: number | undefined; readonly severity: number | undefined },
  sections: number
): readonly Assumption[] {
  return [
    ...(source === undefined ? [assume('error source', '0', 'no line names it; --source does')] : []),
    ...(severity === undefined ? [assume('event severity', 'that of the first section', 'its line is missing')] : []),
    ...(severity === UNNAMED_SEVERITY
      ? [assume('event severity', `${UNNAMED_SEVERITY}`, 'every reserved code prints "unknown"')]
      : []),
    assume(
      'Block Status',
      `by severity, ${sections} in the entry count`,
      'no line shows it, and Linux does not read it'
    ),
    assume('Raw Data', 'none', 'no line shows them')
  ]
}

interface Finished {
  readonly entry: ErrorDataEntry
  readonly assumptions: readonly Assumption[]
}

function finish({ severity, fru, sectionType, reader }: Draft, threshold: boolean): readonly Finished[] {
  if (sectionType === undefined || reader === undefined) return []
  const { payload, assumptions } = reader.finish()
  const flags = threshold ? SECTION_FLAG.thresholdExceeded : 0
  const revision = ERROR_DATA_ENTRY_REVISION.v3
  const entry: ErrorDataEntry = { sectionType, severity, revision, flags, ...fru, payload }
  return [
    {
      entry,
      assumptions: [
        assume('Revision', '3.0', 'no line shows it'),
        threshold
          ? assume('Flags', 'error threshold exceeded', 'taken from the log: the page was soft offlined')
          : assume('Flags', 'none', 'no line shows them; "error threshold exceeded" would soft offline the page'),
        ...assumptions
      ]
    }
  ]
}

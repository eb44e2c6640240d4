import { ESTATUS_LINES } from '../../shared/linux/cper/cper-estatus-print.ts'
import type { LogLine } from './log-lines.ts'

/** The lines of one printed record, which others may have been printed between. */
export interface ReportLines {
  /** The number in its braces, where it has one. */
  readonly number: string
  readonly lines: readonly LogLine[]
}

const starts = ({ text }: LogLine): boolean => ESTATUS_LINES.source.parse(text) !== undefined
const saysSeverity = ({ text }: LogLine): boolean => ESTATUS_LINES.severity.parse(text) !== undefined

/** The printed records of a log in order, and all the other lines. */
export function splitReports(log: readonly LogLine[]): {
  readonly reports: readonly ReportLines[]
  readonly others: readonly LogLine[]
} {
  const reports: { number: string; lines: LogLine[] }[] = []
  const others: LogLine[] = []
  for (const line of log) {
    const { report } = line
    if (report === undefined) {
      others.push(line)
      continue
    }
    const open = reports.findLast(({ number }) => number === report)
    // Numbers start again with a boot, and records of BERT have none.
    const again = starts(line) || (saysSeverity(line) && (open?.lines.some(saysSeverity) ?? false))
    if (open === undefined || (again && open.lines.length > 0)) reports.push({ number: report, lines: [line] })
    else open.lines.push(line)
  }
  const isRecord = ({ lines }: ReportLines) => lines.some((line) => starts(line) || saysSeverity(line))
  const stray = reports.filter((one) => !isRecord(one)).flatMap(({ lines }) => lines)
  return { reports: reports.filter(isRecord), others: [...others, ...stray].toSorted((a, b) => a.at - b.at) }
}

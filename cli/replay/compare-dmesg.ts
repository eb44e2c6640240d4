import type { Json } from '../../lab/recording.ts'
import { because, different, same, type Reason, type ComparedValue, type Scope } from './compared-value.ts'

/** A kernel log by what its lines are about. */
interface Log {
  /** Printed records, each without its number. */
  readonly reports: readonly string[]
  /** What memory_failure(), soft offline and GHES said: every line comes. */
  readonly said: readonly string[]
  /** What GHES warned of: rate limited. */
  readonly warned: readonly string[]
  /** Panics and oopses. */
  readonly stops: readonly string[]
  readonly rest: readonly string[]
}

const REPORT = /^\{(\d+)\}\[Hardware Error\]: ?(.*)$/
const SAID = /^(Memory failure|Injecting memory failure|soft.offline|GHES|HEST: Table parsing|\[Firmware Bug\])[: ]/i
const WARNED = /^\[Firmware Warn\]: /
const STOP = /^(Kernel panic - not syncing: |Internal error: )/
const SUPPRESSED = /: \d+ callbacks suppressed$/

/** The line without timestamp and whatever the console had before it. */
const bare = (line: string): string => line.replace(/^.*?\[ *\d+\.\d+\] /, '')

function sort(lines: readonly string[]): Log {
  const reports: string[] = []
  const log = { said: [] as string[], warned: [] as string[], stops: [] as string[], rest: [] as string[] }
  let number: string | undefined
  for (const line of lines.map(bare)) {
    const [, n, text = ''] = REPORT.exec(line) ?? []
    if (n !== undefined) {
      if (n === number) reports.push(`${reports.pop() ?? ''}\n${text}`)
      else reports.push(text)
      number = n
    } else if (SUPPRESSED.test(line)) log.rest.push(line)
    else if (SAID.test(line)) log.said.push(line)
    else if (WARNED.test(line)) log.warned.push(line)
    else if (STOP.test(line)) log.stops.push(line)
    else log.rest.push(line)
  }
  return { reports, ...log }
}

const isLines = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((line) => typeof line === 'string')

/** The kernel log, kind by kind and in order. */
export function compareDmesg(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!isLines(predicted) || !isLines(observed)) return [different(field, predicted, observed)]
  const [ours, real] = [sort(predicted), sort(observed)]
  const rows = [
    ...compareSaid(scope, field, ours.said, real.said),
    ...compareList(`${field} stop`, ours.stops, real.stops),
    ...compareLimited(`${field} warning`, ours.warned, real.warned),
    ...compareReports(scope, `${field} record`, ours.reports, real.reports),
    ...(real.rest.length === 0 ? [] : [because(restReason(real.rest), `${field} other lines`, ours.rest, real.rest)])
  ]
  return rows.length === 0 ? [same(field, [], [])] : rows
}

const restReason = (rest: readonly string[]): Reason =>
  rest.every((line) => SUPPRESSED.test(line)) ? 'rate limit' : 'other line'

function compareList(field: string, ours: readonly string[], real: readonly string[]): readonly ComparedValue[] {
  return Array.from({ length: Math.max(ours.length, real.length) }, (_, index) => {
    const verdict = ours[index] === real[index] ? same : different
    return verdict(`${field} ${index + 1}`, ours[index], real[index])
  })
}

const pfnOf = (line: string): bigint | undefined => {
  const [, pfn] = /: (0x[0-9a-f]+)/.exec(line) ?? []
  return pfn === undefined ? undefined : BigInt(pfn)
}

/** A line without what nobody can know of a process that the input does not name. */
function masked({ unknownProcess, unknownPage }: Scope, line: string): string {
  const withoutPid = unknownProcess ? line.replace(/victim:\d+/, 'victim') : line
  return unknownPage ? withoutPid.replace(/0x[0-9a-f]+/, '0x…') : withoutPid
}

function compareSaid(
  scope: Scope,
  field: string,
  ours: readonly string[],
  real: readonly string[]
): readonly ComparedValue[] {
  const name = `${field} line`
  const mask = (line: string) => masked(scope, line)
  if (scope.unknownPage) return compareList(name, ours.map(mask), real.map(mask))
  const about = (line: string): boolean => {
    const pfn = pfnOf(line)
    return pfn === undefined || scope.named.has(pfn)
  }
  const strange = real.filter((line) => !about(line) && !ours.includes(line))
  return [
    ...compareList(name, ours.map(mask), real.filter((line) => !strange.includes(line)).map(mask)),
    ...strange.map((line) => because('earlier run', name, undefined, line))
  ]
}

/** Lines that a limit may have held back: what is there must be predicted, in that order. */
function compareLimited(field: string, ours: readonly string[], real: readonly string[]): readonly ComparedValue[] {
  const rows: ComparedValue[] = []
  let next = 0
  for (const line of real) {
    const found = ours.indexOf(line, next)
    if (found < 0) rows.push(different(field, ours[next], line))
    else {
      rows.push(...ours.slice(next, found).map((missing) => because('rate limit', field, missing, undefined)))
      rows.push(same(field, line, line))
      next = found + 1
    }
  }
  return [...rows, ...ours.slice(next).map((missing) => because('rate limit', field, missing, undefined))]
}

const reportPfn = (report: string): bigint | undefined => {
  const [, address] = /physical_address: (0x[0-9a-f]+)/.exec(report) ?? []
  return address === undefined ? undefined : BigInt(address) >> 12n
}

/** A printed record must be the one put there; that none was printed proves nothing. */
function compareReports(
  scope: Scope,
  field: string,
  ours: readonly string[],
  real: readonly string[]
): readonly ComparedValue[] {
  const known = printable(scope, ours)
  const rows = real.map((report) => {
    const pfn = reportPfn(report)
    if (known.includes(report)) return same(field, report, report)
    if (scope.unknownPage && known.some((one) => withoutAddress(one) === withoutAddress(report))) {
      return because('unknown process', field, known[0], report)
    }
    if (pfn !== undefined && !scope.named.has(pfn)) return because('earlier run', field, undefined, report)
    return different(field, known[0], report)
  })
  if (real.length > 0 || ours.length === 0) return rows
  return [because('rate limit', field, ours[0], undefined)]
}

const withoutAddress = (report: string) => report.replace(/physical_address: 0x[0-9a-f]+/, 'physical_address')

/** Records that the kernel may print here: those of the whole run, since a limit may have put a print off. */
function printable({ log }: Scope, ours: readonly string[]): readonly string[] {
  const said = log.flatMap((event) => (event.type === 'printk' ? [`[0.0] ${event.text}`] : []))
  return [...ours, ...sort(said).reports]
}

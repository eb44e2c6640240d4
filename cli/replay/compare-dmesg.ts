import type { Json } from '../../lab/recording.ts'
import { overRead } from './compare-trace.ts'
import { because, different, same, type ComparedValue, type Scope } from './compared-value.ts'

/** A kernel log by what its lines are about. */
interface Log {
  /** Printed records, each without its number. */
  readonly reports: readonly string[]
  /** What memory_failure(), soft offline and GHES said: every line comes. */
  readonly said: readonly string[]
  /** How many lines a limit held back. */
  readonly suppressed: readonly string[]
  /** What GHES warned of. */
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
  const log = {
    said: [] as string[],
    suppressed: [] as string[],
    warned: [] as string[],
    stops: [] as string[],
    rest: [] as string[]
  }
  let number: string | undefined
  for (const line of lines.map(bare)) {
    const [, n, text = ''] = REPORT.exec(line) ?? []
    if (n !== undefined) {
      if (n === number) reports.push(`${reports.pop() ?? ''}\n${text}`)
      else reports.push(text)
      number = n
    } else if (SUPPRESSED.test(line)) log.suppressed.push(line)
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
    ...compareWarned(scope, `${field} warning`, ours.warned, real.warned),
    ...compareSuppressed(scope, `${field} limit`, ours.suppressed, real.suppressed),
    ...compareReports(scope, `${field} record`, ours.reports, real.reports),
    ...(real.rest.length === 0 ? [] : [because('other line', `${field} other lines`, ours.rest, real.rest)])
  ]
  return rows.length === 0 ? [same(field, [], [])] : rows
}

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
  const withoutPid = unknownProcess ? line.replace(/(victim|vmm):\d+/, '$1') : line
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

/** Warnings in order. What those behind the end of the record say, and how many they are, is not in the input. */
function compareWarned(
  { log }: Scope,
  field: string,
  ours: readonly string[],
  real: readonly string[]
): readonly ComparedValue[] {
  const rows = compareList(field, ours, real)
  if (overRead(log) === 0) return rows
  return rows.map((row, index) =>
    index > 0 && row.verdict === 'different' ? because('leftover', row.field, row.predicted, row.observed) : row
  )
}

/** That lines were held back, and how many when the input says what came before. */
function compareSuppressed(
  { assumedPrints }: Scope,
  field: string,
  ours: readonly string[],
  real: readonly string[]
): readonly ComparedValue[] {
  const caller = (line: string) => line.replace(SUPPRESSED, '')
  return compareList(field, ours, real).map((row, index) => {
    const [a, b] = [ours[index], real[index]]
    const known = !assumedPrints || a === undefined || b === undefined || caller(a) !== caller(b)
    return known || a === b ? row : because('held back', row.field, a, b)
  })
}

const reportPfn = (report: string): bigint | undefined => {
  const [, address] = /physical_address: (0x[0-9a-f]+)/.exec(report) ?? []
  return address === undefined ? undefined : BigInt(address) >> 12n
}

const withoutAddress = (report: string) => report.replace(/physical_address: 0x[0-9a-f]+/, 'physical_address')

/** The printed records in order, but for those of earlier runs. */
function compareReports(
  scope: Scope,
  field: string,
  ours: readonly string[],
  real: readonly string[]
): readonly ComparedValue[] {
  const mask = (report: string) => (scope.unknownPage ? withoutAddress(report) : report)
  const strange = real.filter((report) => {
    const pfn = reportPfn(report)
    return !scope.unknownPage && pfn !== undefined && !scope.named.has(pfn) && !ours.includes(report)
  })
  const own = real.filter((report) => !strange.includes(report))
  return [
    ...compareList(field, ours.map(mask), own.map(mask)),
    ...strange.map((report) => because('earlier run', field, undefined, report))
  ]
}

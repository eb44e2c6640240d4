import type { NewProcess } from '../../shared/linux/kernel/task.ts'
import type { FrameRange, KernelEvent, Options, PhysicalRange, Thread, Vma } from '../../shared/linux/kernel/state.ts'
import { knob, type Version } from '../../shared/linux/profile.ts'
import { pageOfRecord } from '../../lab/page-of-record.ts'
import { versionOf } from '../../lab/recording.ts'
import { alignLines, type ComparedLine } from './align-lines.ts'
import { assume, type Assumption } from './assumption.ts'
import { cluesOf, pageSetup, type Clues } from './clues.ts'
import { compareReport } from './compare-report.ts'
import { readLog, type LogLine } from './log-lines.ts'
import { rebuild, type Rebuilt } from './rebuild.ts'
import { splitReports, type ReportLines } from './reports.ts'
import { runKernel, type NotificationName } from './run-kernel.ts'

export interface AnalyseOptions {
  readonly version: Version | undefined
  readonly notify: NotificationName | undefined
  readonly source: number | undefined
}

/** One printed record: what was made of its lines. */
export interface AnalysedReport {
  readonly rebuilt: Rebuilt
  readonly lines: readonly ComparedLine[]
}

export interface Analysis {
  readonly version: Version
  readonly notify: NotificationName
  /** Those of the reports, in order. */
  readonly sources: readonly number[]
  readonly reports: readonly AnalysedReport[]
  /** About the kernel, the machine and its pages; what a record is taken to hold is with the record. */
  readonly assumptions: readonly Assumption[]
  /** What else the kernel said, beside what the model's kernel says. */
  readonly kernel: readonly ComparedLine[]
  /** Lines of other drivers, programs and people. */
  readonly foreign: readonly LogLine[]
}

const HUGE = 0x20_0000n
const PAGE = 0x1000n
const NEWEST_ASSUMED = '6.12'

/** Lines of a kind that the model's kernel prints too. */
const OURS =
  /^(Memory failure:|soft.offline:|Soft offlining|GHES|HEST:|\[Firmware (Warn|Bug|Info)\]|Kernel panic - not syncing)/i

/** Rebuilds the records of a log and runs them on the model. Throws FormatError for a value that fits no field. */
export function analyse(text: string, options: AnalyseOptions): Analysis {
  const { reports, others } = splitReports(readLog(text))
  const clues = cluesOf(others, reports[0]?.lines[0]?.at ?? 0)
  const [version, ofVersion] = versionFor(options, clues)
  const rebuilt = reports.map((report) => rebuiltOf(report, clues, version))
  const [notify, ofNotify] = notifyFor(options, clues)
  const sourceOf = (one: Rebuilt): number => options.source ?? one.source ?? 0
  const pages = rebuilt.map(({ block }) => pageOfRecord(block)).filter((page) => page !== undefined)
  const memory = ramAround(pages.filter((page) => ![...clues.notRam].some((at) => (at & ~(PAGE - 1n)) === page)))
  const armErrorType = rebuilt.find((one) => one.armErrorType === 'enumeration')?.armErrorType ?? 'bitmask'
  const records = rebuilt.map((one, index) => ({
    source: sourceOf(one),
    block: one.block,
    afterNs: gap(rebuilt, index)
  }))
  const known = others.filter((line) => OURS.test(line.text)).map((line) => line.text)
  const runs = waysOf(notify).map((way) => {
    const { frames, processes, assumptions } = place([...new Set(pages)], clues, notify, way.mceKill)
    const options = { armErrorType, syncWinner: way.syncWinner }
    const kernel = { memory, frames, options, ...printMemory(clues.heldBack) }
    const events = runKernel({ version, notify, processes, kernel }, records).flat()
    return { lines: alignLines(known, saidBeside(events), () => true), assumptions: [...assumptions, ...way.because] }
  })
  const best = runs.toSorted((a, b) => disagreeing(a.lines) - disagreeing(b.lines))[0]
  return {
    version,
    notify,
    sources: [...new Set(records.map(({ source }) => source))],
    reports: rebuilt.map((one) => ({ rebuilt: one, lines: compareReport(one, version) })),
    assumptions: [...ofVersion, ...ofNotify, ...(best?.assumptions ?? [])],
    kernel: best?.lines ?? [],
    foreign: others.filter((line) => !OURS.test(line.text))
  }
}

const disagreeing = (lines: readonly ComparedLine[]): number =>
  lines.filter(({ verdict }) => verdict !== 'same' && verdict !== 'not in the excerpt').length

interface Way {
  readonly syncWinner: Options['syncWinner']
  readonly mceKill: Thread['mceKill']
  readonly because: readonly Assumption[]
}

/** What a synchronous record leaves open; the way that agrees best with the log is taken. The usual one first. */
function waysOf(notify: NotificationName): readonly Way[] {
  if (notify !== 'SEA') return [{ syncWinner: 'kworker', mceKill: 'early', because: [] }]
  const way = (syncWinner: Way['syncWinner'], mceKill: Way['mceKill'], taken: string): Way => ({
    syncWinner,
    mceKill,
    because: [assume('who ran memory_failure()', taken, 'what agrees best with the log')]
  })
  return [
    way('kworker', 'default', 'the kworker'),
    way('task', 'default', 'the consumer itself'),
    way('kworker', 'early', 'the kworker, and the process wants to hear early')
  ]
}

function versionFor({ version }: AnalyseOptions, { release }: Clues): readonly [Version, readonly Assumption[]] {
  if (version !== undefined) return [version, []]
  const known = release === undefined ? undefined : versionOf(release)
  if (known !== undefined) return [known, [assume('kernel', known, `taken from the log: ${release ?? ''}`)]]
  if (release === undefined)
    return [NEWEST_ASSUMED, [assume('kernel', NEWEST_ASSUMED, 'no line names it; --linux does')]]
  return ['6.1', [assume('kernel', '6.1', `the model has no ${release}; 6.1 is the oldest it has`)]]
}

function notifyFor({ notify }: AnalyseOptions, clues: Clues): readonly [NotificationName, readonly Assumption[]] {
  if (notify !== undefined) return [notify, []]
  if (clues.notify === 'SEA') return ['SEA', [assume('notification', 'SEA', 'taken from the log')]]
  return ['GSIV', [assume('notification', 'GSIV', 'no line says how the kernel was told; --notify does')]]
}

/** The record of a page that was soft offlined was over its threshold. */
function rebuiltOf(report: ReportLines, { softOfflined }: Clues, version: Version): Rebuilt {
  const contextsAligned = knob(version, 'armContextsAligned')
  const plain = rebuild(report, { threshold: false, contextsAligned })
  const page = pageOfRecord(plain.block)
  return page !== undefined && softOfflined.has(page >> 12n)
    ? rebuild(report, { threshold: true, contextsAligned })
    : plain
}

const DEFAULT_GAP_NS = 11e9

/** Time since the report before, as the log's stamps have it; else long enough for nothing to be remembered. */
function gap(reports: readonly Rebuilt[], index: number): number {
  const [before, now] = [reports[index - 1], reports[index]].map((report) => report?.lines[0]?.seconds)
  return before === undefined || now === undefined || now < before ? DEFAULT_GAP_NS : Math.round((now - before) * 1e9)
}

/** A window of the print limit that is over and has held back so many. */
function printMemory(missed: number) {
  if (missed === 0) return {}
  const window = { begin: 0, printed: 2, missed }
  return { ratelimit: { corrected: window, uncorrected: window } }
}

/** RAM in 2 MiB pieces: those that hold these pages. */
function ramAround(pages: readonly bigint[]): readonly PhysicalRange[] {
  const starts = [...new Set(pages.map((page) => page & ~(HUGE - 1n)))].toSorted((a, b) => (a < b ? -1 : 1))
  return starts.map((start) => ({ start, end: start + HUGE }))
}

/** Puts the pages of the records where the kernel's lines say they were. */
function place(pages: readonly bigint[], clues: Clues, notify: NotificationName, policy: Thread['mceKill']) {
  const frames: FrameRange[] = []
  const processes: NewProcess[] = []
  const assumptions: Assumption[] = []
  pages.forEach((page, index) => {
    const clue = clues.pages.get(page >> 12n)
    const { setup, because } = pageSetup(clue)
    assumptions.push({ ...because, field: `page 0x${page.toString(16)}` })
    const told = clue?.victims[0] ?? (notify === 'SEA' ? clues.consumer : undefined)
    if (setup.kind === 'frame') frames.push({ start: page, end: page + PAGE, kind: setup.frame })
    if (setup.kind !== 'mapped' && notify !== 'SEA') return
    const owner = told ?? { comm: 'task', pid: 1000 + index }
    const mceKill = told === undefined ? 'default' : policy
    if (told === undefined) assumptions.push(assume('its owner', `${owner.comm}:${owner.pid}`, 'no line names it'))
    const vma: Omit<Vma, 'virtual' | 'physical' | 'length'> =
      setup.kind === 'mapped'
        ? { backing: setup.backing, dirty: setup.dirty, mlocked: false, pinned: false }
        : { backing: 'pfnmap', dirty: false, mlocked: false, pinned: false }
    const huge = vma.backing === 'hugetlb-2m'
    const length = huge ? HUGE : PAGE
    const vmas = [{ virtual: 0xffff_8000_0000n, physical: page & ~(length - 1n), length, ...vma }]
    processes.push({ ...owner, vmas, threads: [{ tid: owner.pid, mceKill }] })
  })
  if (pages.length === 0 && notify === 'SEA') {
    const owner = clues.consumer ?? { comm: 'task', pid: 1000 }
    const vma: Vma = {
      virtual: 0xffff_8000_0000n,
      physical: 0n,
      length: PAGE,
      backing: 'pfnmap',
      dirty: false,
      mlocked: false,
      pinned: false
    }
    processes.push({ ...owner, vmas: [vma], threads: [{ tid: owner.pid }] })
  }
  return { frames, processes, assumptions }
}

/** What the kernel printed besides the records. */
function saidBeside(events: readonly KernelEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'printk' && !/^\{\d+\}\[Hardware Error\]: /.test(event.text) ? [event.text] : []
  )
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileNameOf } from '../../shared/drawing/run-formats.ts'
import { withRun } from '../../shared/drawing/one-file.ts'
import { runSvg } from '../../shared/drawing/run-svg.ts'
import { rulesOf, type PlacedRules } from '../../shared/rows/rule.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { ordered, type WireEntry } from '../../shared/trace/entry.ts'
import { toldOf } from '../../shared/trace/told.ts'
import { UsageError } from '../command.ts'
import type { FileResult } from '../scenario/run-file.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'web/dist/alone.html')
const RULES = join(ROOT, 'docs/fidelity.json')

/** Virtual time begins here, as far as a page asks when a run was. */
const BEGAN = new Date(0).toISOString()

/** The story of a run as a picture. */
export const svgOf = ({ result }: FileResult): string =>
  runSvg({ ...summaryOf(result), journal: toldIn(result.journal) })

/** The page with a run in it, as one file. Throws UsageError where the page has not been built. */
export function htmlOf({ result }: FileResult): string {
  if (!existsSync(PAGE)) throw new UsageError('seabus: the page has not been built: npm run build')
  const journal = toldIn(result.journal)
  const rules = JSON.parse(readFileSync(RULES, 'utf8')) as PlacedRules
  return withRun(readFileSync(PAGE, 'utf8'), { summary: summaryOf(result), journal, rules: rulesOf(journal, rules) })
}

/** As the console has it. */
const toldIn = (journal: readonly WireEntry[]): readonly WireEntry[] =>
  ordered(journal).map((entry) => ({ ...entry, ...toldOf(entry) }))

function summaryOf({ title, machine, outcome, cell, expected, changed, failures, journal }: FileResult['result']) {
  const isHeld = expected !== undefined && changed === undefined
  return {
    id: fileNameOf(title, '').replace(/^seabus-|\.$/g, ''),
    machine,
    name: title,
    state: 'ended',
    sentence: verdictSentence(journal, { outcome }).text,
    cell,
    outcome,
    ...setUpIn(journal),
    ...(isHeld ? { expected: { met: failures.length === 0, failures: failures.length } } : {}),
    started: BEGAN,
    hasVirtualTime: true as const,
    entries: journal.length
  }
}

/** What the host and its first VM were made with, as far as the file or the command line says so. */
function setUpIn(journal: readonly WireEntry[]) {
  const dataOf = (wanted: string) =>
    (journal.find(({ kind, type }) => kind !== 'answer' && type === wanted)?.data ?? {}) as {
      readonly [name: string]: string | undefined
    }
  const { linux } = dataOf('host.boot')
  const { policy } = dataOf('vm.create')
  const { profile: vmm } = dataOf('vm.created')
  const guestLinux = guestsIn(journal, linux)
  return { linux, ...(guestLinux === undefined ? {} : { guestLinux }), vmm, policy }
}

/** The kernels of guests, where they are others than the host's. */
function guestsIn(journal: readonly WireEntry[], host = USUAL_LINUX): string | undefined {
  const made = journal.filter(({ kind, type }) => kind === 'message' && type === 'vm.create')
  const kernels = made.map(({ data }) => (data as { guest?: { linux?: string } }).guest?.linux ?? USUAL_LINUX)
  return kernels.every((one) => one === host) ? undefined : [...new Set(kernels)].join(', ')
}

const USUAL_LINUX = '6.1'

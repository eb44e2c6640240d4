import { stringify } from 'yaml'
import { pageOfRecord } from '../../lab/page-of-record.ts'
import { hex } from '../../shared/formats/hex.ts'
import { SOURCE } from '../../lab/sources.ts'
import type { Analysis } from './analyse.ts'
import type { NotificationName } from './run-kernel.ts'

const HUGE = 0x20_0000n
/** The source of a scenario's machine that tells in the same way; SCI and GPIO reach the kernel like GSIV. */
const SOURCES: Readonly<Record<NotificationName, number>> = {
  SEA: SOURCE.SEA,
  polled: SOURCE.POLLED,
  external: SOURCE.EXTERNAL,
  GSIV: SOURCE.GSIV,
  SCI: SOURCE.GSIV,
  GPIO: SOURCE.GSIV,
  SDEI: SOURCE.SDEI
}
/** Longer than a print limit or a record cache remembers. */
const BETWEEN = '11s'
/** Where the machine of a scenario has its RAM; a page elsewhere needs a piece of its own. */
const DEFAULT_RAM = { start: 0x4000_0000n, end: 0x8000_0000n }

/**
 * The log as a scenario: the kernel, RAM where the records' pages are, and a step for each record, with its bytes. Whose
 * the pages are and what has to come of it is for its author to say.
 */
export function scenarioOf({ version, notify, sources, reports, kernel }: Analysis, file: string): string {
  const pages = reports.map(({ rebuilt }) => pageOfRecord(rebuilt.block)).filter((page) => page !== undefined)
  const elsewhere = pages.filter((page) => page < DEFAULT_RAM.start || page >= DEFAULT_RAM.end)
  const pieces = [...new Set(elsewhere.map((page) => page & ~(HUGE - 1n)))].map((start) => ({
    start,
    end: start + HUGE
  }))
  const memory = [DEFAULT_RAM, ...pieces].toSorted((a, b) => (a.start < b.start ? -1 : 1))
  const said = kernel.flatMap(({ log }) => (log === undefined ? [] : [log]))
  const source = SOURCES[notify]
  const scenario = {
    seabus: 1,
    title: `The records of ${file}`,
    about: [
      `Rebuilt from the lines of a log; what they do not show is assumed. There the source was ${sources.join(', ')}.`,
      ...(said.length === 0 ? [] : ['The kernel said:', ...said])
    ].join('\n'),
    machine: {
      linux: version,
      ...(pieces.length === 0 ? {} : { memory: memory.map(({ start, end }) => ({ start: hex(start), end: hex(end) })) })
    },
    vms: [],
    steps: reports.flatMap(({ rebuilt }, index) => [
      ...(index === 0 ? [] : [{ wait: BETWEEN }]),
      { report: { source, bytes: rebuilt.block.toHex() } }
    ]),
    expect: { events: reports.map(() => ({ 'record.published': { source } })) }
  }
  return stringify(scenario, { lineWidth: 120 })
}

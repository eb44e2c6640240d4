import { existsSync } from 'node:fs'
import type { WireEntry } from '../../shared/trace/entry.ts'
import type { WrittenRun } from '../../shared/drawing/written-run.ts'
import { incomplete } from '../../shared/trace/gaps.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { verdictOf } from '../../shared/trace/verdict.ts'
import { nameOf } from '../bytes/read-bytes.ts'
import { EXIT, text, UsageError, withErrors, type Done, type Values } from '../command.ts'
import { consoleUrl, endWithoutConsole } from '../console/ask-console.ts'
import { known } from '../known.ts'
import { readRun } from '../scenario/read-journal.ts'
import { TRACE_FORMATS } from '../trace/formats.ts'
import { runAt, runIdIn } from '../trace/run-at.ts'

/** `seabus trace`: a run that is over, out of a file or from a console, told in any of the forms that `run` has. */
export async function traceCommand(values: Values, [from]: readonly string[]): Promise<Done> {
  const format = text(values['format']) ?? 'text'
  known('format', format, Object.keys(TRACE_FORMATS))
  const machine = text(values['machine'])
  try {
    const { journal, title, further } = await writtenRun(values, from)
    const whole = ofMachine(journal, machine, nameOf(from))
    const why = incomplete(whole)
    if (why !== undefined && format !== 'text') throw new UsageError(`seabus trace: ${nameOf(from)}: ${why.detail}`)
    const outcome = outcomeOf(whole)
    const name = whole[0]?.machine ?? 'm0'
    const told = TRACE_FORMATS[format]?.(
      {
        file: nameOf(from),
        seconds: 0,
        result: {
          title: title ?? `machine ${name}`,
          machine: name,
          unmodelled: undefined,
          outcome,
          cell: verdictOf(outcome),
          expected: undefined,
          failures: [],
          journal: whole
        }
      },
      { detail: values['all'] === true }
    )
    const errors = [
      ...(further === 0
        ? []
        : [`${nameOf(from)} has ${further} further ${further === 1 ? 'run' : 'runs'}: this is the first`]),
      ...(why === undefined ? [] : [why.detail])
    ]
    return withErrors(
      { output: told ?? '', exitCode: why === undefined ? EXIT.asExpected : EXIT.notAsExpected },
      errors
    )
  } catch (error) {
    return endWithoutConsole('trace', error)
  }
}

/** As the console names runs. */
const RUN_ID = /^run-[a-z0-9]+-\d+$/

/** Out of a file or standard input; or, where it is an address or an id, from the console that kept it. */
async function writtenRun(values: Values, from: string | undefined): Promise<WrittenRun> {
  if (from === undefined || from === '-') return readRun(from)
  if (/^https?:\/\//.test(from)) {
    const id = runIdIn(from)
    if (id === undefined)
      throw new UsageError(`seabus trace: ${from} is no address of a run, such as http://127.0.0.1:7000/v1/runs/ID`)
    return runAt(frontIn(from), id)
  }
  const isId = text(values['url']) !== undefined || RUN_ID.test(from)
  return isId && !existsSync(from) ? runAt(consoleUrl(values), from) : readRun(from)
}

/** Where the console of a run's address is: what stands before its own paths. */
const frontIn = (url: string): string => url.replace(/\/(?:v1\/runs|#)\/.*$/, '')

/** The entries of one machine. Throws UsageError where there are several and none is named, or not the named one. */
function ofMachine(journal: readonly WireEntry[], machine: string | undefined, from: string): readonly WireEntry[] {
  const machines = [...new Set(journal.map((entry) => entry.machine).filter((name) => name !== ''))]
  if (machine !== undefined) known('machine', machine, machines)
  else if (machines.length > 1) {
    throw new UsageError(`seabus trace: ${from} has the machines ${machines.join(', ')}: --machine says which`)
  }
  const only = machine ?? machines[0]
  const own = journal.filter((entry) => entry.machine === only || entry.machine === '')
  if (own.length === 0) throw new UsageError(`seabus trace: ${from}: nothing has happened in it`)
  return own
}

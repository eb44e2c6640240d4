import { plainLine } from '../../shared/contracts/plain-text.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { incomplete } from '../../shared/trace/gaps.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { EXIT, list, text, type Done, type Values, UsageError } from '../command.ts'
import { knownKernel, knownPolicies, knownVmms } from '../known-names.ts'
import { known } from '../known.ts'
import type { Answer } from '../parallel/job.ts'
import { runAll } from '../parallel/run-all.ts'
import { diffJson } from '../scenario/diff-json.ts'
import { diffOf, type Side } from '../scenario/diff-runs.ts'
import { diffText } from '../scenario/diff-text.ts'
import { readJournal } from '../scenario/read-journal.ts'
import { shippedPath } from '../scenario/files.ts'
import { readScenarioFile } from '../scenario/run-file.ts'

const FORMATS = ['text', 'json']

/** `seabus diff`: where two runs part and why. */
export async function diffCommand(values: Values, paths: readonly string[]): Promise<Done> {
  const format = text(values['format']) ?? 'text'
  known('format', format, FORMATS)
  const policies = knownPolicies(list(values['policy']) ?? list(values['policies']))
  const vmms = knownVmms(list(values['vmm']))
  const pair = policies?.length === 2 ? policies : vmms?.length === 2 ? vmms : undefined
  if (policies === undefined && vmms === undefined) {
    const [left, right, ...more] = paths
    if (left === undefined || right === undefined || more.length > 0) {
      throw new UsageError('seabus diff: two runs, or one scenario with --policy A,B or --vmm A,B')
    }
    return tell(sideOfFile(left), sideOfFile(right), format)
  }
  const [path, ...more] = paths
  if (path === undefined || more.length > 0 || pair === undefined || (policies?.length === 2 && vmms?.length === 2)) {
    throw new UsageError('seabus diff: one scenario, and two names to compare: two policies or two VMMs')
  }
  const read = readScenarioFile(shippedPath(path))
  if (!('scenario' in read)) {
    return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  }
  const linux = knownKernel(text(values['linux']))
  const [policy, vmm] = [policies?.[0], vmms?.[0]]
  const jobs = pair.map((name) => ({
    scenario: read.scenario,
    overrides: {
      ...(pair === policies ? { policy: name } : policy === undefined ? {} : { policy }),
      ...(pair === vmms ? { vmm: name } : vmm === undefined ? {} : { vmm }),
      ...(linux === undefined ? {} : { linux })
    },
    asFarAsItGoes: true
  }))
  const answers = await runAll(jobs, text(values['url']))
  const sides = answers.map((answer, index) => sideOf(pair[index] ?? '', answer))
  const cannot = sides.find((side) => 'exitCode' in side)
  const [left, right] = sides
  if (cannot !== undefined && 'exitCode' in cannot) return cannot
  if (left === undefined || right === undefined || 'exitCode' in left || 'exitCode' in right) {
    throw new Error('two runs give two sides')
  }
  return tell(left, right, format)
}

function sideOf(name: string, answer: Answer): Side | Done {
  if (!('cannot' in answer)) return { name, journal: answer.result.journal, outcome: answer.result.outcome }
  const exitCode = answer.because === 'service-down' ? EXIT.serviceDown : EXIT.badFile
  return { output: '', errors: plainLine(`seabus diff: ${answer.cannot}`), exitCode }
}

/** 0 when the two are the same, 1 when they part. */
function tell(left: Side, right: Side, format: string): Done {
  const diff = diffOf(left, right)
  const output = format === 'json' ? diffJson(diff) : diffText(diff)
  return { output, exitCode: diff.isSame ? EXIT.asExpected : EXIT.notAsExpected }
}

/** A run out of a file: what `run --json` wrote, or a journal line by line. */
function sideOfFile(path: string): Side {
  const journal = readJournal(path)
  const why = incomplete(journal)
  if (why !== undefined) throw new UsageError(`seabus diff: ${path}: ${why.detail}`)
  return { name: path, journal, outcome: outcomeOf(journal) }
}

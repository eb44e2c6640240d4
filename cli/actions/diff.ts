import { readFileSync } from 'node:fs'
import { incomplete } from '../../shared/trace/gaps.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { EXIT, list, text, type Done, type Values, UsageError } from '../command.ts'
import { known } from '../known.ts'
import { diffText, isParting, partingOf, type Side } from '../scenario/diff-runs.ts'
import { diffJson } from '../scenario/diff-json.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { readScenarioFile } from '../scenario/run-file.ts'
import { runAsFarAsItGoes } from '../scenario/in-process.ts'

const FORMATS = ['text', 'json']

/** `seabus diff`: where two runs part and why. */
export async function diffCommand(values: Values, paths: readonly string[]): Promise<Done> {
  const format = text(values['format']) ?? 'text'
  known('format', format, FORMATS)
  const told = (left: Side, right: Side) => tell(left, right, format)
  const pair = list(values['policies']) ?? list(values['vmm'])
  if (pair === undefined) {
    const [left, right, ...more] = paths
    if (left === undefined || right === undefined || more.length > 0) {
      throw new UsageError('seabus diff: two runs, or one scenario with --policies A,B or --vmm A,B')
    }
    return told(sideOfFile(left), sideOfFile(right))
  }
  const [path, ...more] = paths
  const [a, b, ...others] = pair
  if (path === undefined || more.length > 0 || a === undefined || b === undefined || others.length > 0) {
    throw new UsageError('seabus diff: one scenario, and two names to compare')
  }
  const what = values['policies'] === undefined ? 'vmm' : 'policy'
  for (const name of [a, b]) {
    if (what === 'vmm') known('VMM profile', name, VMM_PROFILES)
    else known('policy', name, POLICY_NAMES)
  }
  const read = readScenarioFile(path)
  if (!('scenario' in read)) {
    return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  }
  const side = async (name: string): Promise<Side> => ({
    name,
    ...(await runAsFarAsItGoes(read.scenario, { [what]: name }))
  })
  return told(await side(a), await side(b))
}

/** 0 when the two are the same, 1 when they part. */
function tell(left: Side, right: Side, format: string): Done {
  const parting = partingOf(left, right)
  const output = format === 'json' ? diffJson(left, right) : diffText(left, right, parting)
  return { output, exitCode: isParting(parting) ? EXIT.notAsExpected : EXIT.asExpected }
}

/** A run out of a file: what `run --json` wrote, or a journal line by line. */
function sideOfFile(path: string): Side {
  let written: string
  try {
    written = readFileSync(path, 'utf8')
  } catch (problem) {
    throw new UsageError(`seabus diff: ${(problem as Error).message}`)
  }
  const journal = journalOf(written)
  if (journal === undefined) throw new UsageError(`seabus diff: ${path} is no run and no journal`)
  const why = incomplete(journal)
  if (why !== undefined) throw new UsageError(`seabus diff: ${path}: ${why.detail}`)
  return { name: path, journal, outcome: outcomeOf(journal) }
}

function journalOf(text: string): readonly WireEntry[] | undefined {
  try {
    if (text.trimStart().startsWith('[')) {
      const [run] = JSON.parse(text) as { journal?: WireEntry[] }[]
      return run?.journal
    }
    const lines = text.split('\n').filter((line) => line !== '')
    const entries = lines.map((line) => JSON.parse(line) as WireEntry)
    return entries.every(({ type, layer }) => typeof type === 'string' && typeof layer === 'string')
      ? entries
      : undefined
  } catch {
    return undefined
  }
}

import { randomUUID } from 'node:crypto'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { EXIT, text, type Done, type Values, UsageError } from '../command.ts'
import { known } from '../known.ts'
import { readScenarios } from '../scenario/files.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { ServiceDown } from '../scenario/policy-at.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { junitOf, tapOf } from '../scenario/report-ci.ts'
import { mermaidOf } from '../../shared/trace/mermaid.ts'
import { resultText } from '../../shared/scenario/report-text.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { atConsole } from '../scenario/at-console.ts'
import { inProcess, timed, type FileResult, type Runner } from '../scenario/run-file.ts'
import { untilSignal } from '../until-signal.ts'

const FORMATS: Readonly<Record<string, (results: readonly FileResult[], explain: boolean) => string>> = {
  text: (results, explain) => results.map(({ result }) => resultText(result, { explain })).join('\n\n'),
  json: (results) =>
    JSON.stringify(
      results.map(({ file, result: { journal, ...result } }) => {
        const sentence = verdictSentence(journal, { outcome: result.outcome })
        return { file, ...result, sentence, journal }
      }),
      null,
      2
    ),
  mermaid: (results) => results.map(({ result }) => mermaidOf(result)).join('\n\n'),
  tap: tapOf,
  junit: junitOf
}

/** `seabus run`: runs scenario files and holds each run against what its file expects. */
export async function runCommand(values: Values, paths: readonly string[]): Promise<Done> {
  if (paths.length === 0) throw new UsageError('seabus run: which file?')
  const overrides = overridesOf(values)
  const format = formatOf(values)
  const explain = values['explain'] === true
  if (explain && format !== FORMATS['text']) throw new UsageError('seabus run: --explain is for the text')
  const url = text(values['url'])
  if (url !== undefined && values['inProcess'] === true) {
    throw new UsageError('seabus run: --in-process or --url, not both')
  }
  const read = readScenarios(paths)
  if ('errors' in read) {
    const output = format === FORMATS['json'] ? JSON.stringify({ errors: read.errors }, null, 2) : ''
    return { output, errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  }
  const keep = values['keep'] === true
  if (keep && url === undefined) throw new UsageError('seabus run: --keep is for --url: in process nothing stays')
  if (url === undefined) return runFiles(read.scenarios, inProcess, { overrides, format, explain })
  const left: string[] = []
  const ended = await untilSignal((signal) => {
    const run = atConsole(url, {
      newMachine: () => `run-${randomUUID().slice(0, 8)}`,
      keep,
      signal,
      left: (machine, why) => left.push(plainLine(`seabus run: machine ${machine} may be left at ${url}: ${why}`))
    })
    return runFiles(read.scenarios, run, { overrides, format, explain })
  })
  const done = 'result' in ended ? ended.result : { output: '', exitCode: ended.exitCode }
  const errors = [...(done.errors === undefined ? [] : [done.errors]), ...left]
  return errors.length === 0 ? done : { ...done, errors: errors.join('\n') }
}

interface How {
  readonly overrides: Overrides
  readonly format: (results: readonly FileResult[], explain: boolean) => string
  readonly explain: boolean
}

async function runFiles(
  scenarios: readonly { readonly file: string; readonly scenario: ScenarioFile }[],
  run: Runner,
  { overrides, format, explain }: How
): Promise<Done> {
  const results: FileResult[] = []
  for (const { file, scenario } of scenarios) {
    try {
      results.push(await timed(file, () => run(scenario, overrides)))
    } catch (problem) {
      if (problem instanceof ServiceDown) {
        return { output: '', errors: plainLine(`seabus run: ${problem.message}`), exitCode: EXIT.serviceDown }
      }
      if (!(problem instanceof StepError)) throw problem
      return { output: '', errors: plainLine(`${file}: ${problem.message}`), exitCode: EXIT.badFile }
    }
  }
  const isAsExpected = results.every(({ result }) => result.failures.length === 0)
  return { output: format(results, explain), exitCode: isAsExpected ? EXIT.asExpected : EXIT.notAsExpected }
}

function formatOf(values: Values) {
  const asked = Object.keys(FORMATS).filter((name) => values[name] === true)
  if (asked.length > 1) throw new UsageError(`seabus run: one format, not ${asked.join(' and ')}`)
  return FORMATS[asked[0] ?? 'text'] ?? tapOf
}

/** What the command line changes about every file. Throws UsageError for a name that nothing has. */
export function overridesOf(values: Values): Overrides {
  const [policy, vmm, linux] = [text(values['policy']), text(values['vmm']), text(values['linux'])]
  if (policy !== undefined && !/^https?:/.test(policy)) known('policy', policy, POLICY_NAMES)
  if (vmm !== undefined) known('VMM profile', vmm, VMM_PROFILES)
  if (linux !== undefined) known('kernel version', linux, LINUX_VERSIONS)
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(vmm === undefined ? {} : { vmm }),
    ...(linux === undefined ? {} : { linux })
  }
}

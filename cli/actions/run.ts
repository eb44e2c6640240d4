import { randomUUID } from 'node:crypto'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { onTerminal, plain } from '../colour.ts'
import { EXIT, text, type Done, type Values, UsageError } from '../command.ts'
import { knownKernel, knownPolicy, knownVmm } from '../known-names.ts'
import { known } from '../known.ts'
import { spread } from '../parallel/spread.ts'
import { progressOn } from '../progress.ts'
import { PICTURES, RUN_FORMATS } from '../run/formats.ts'
import { atConsole } from '../scenario/at-console.ts'
import { readScenarios, type NamedScenario } from '../scenario/files.ts'
import { ServiceDown } from '../scenario/policy-at.ts'
import { timed, type FileResult, type Runner } from '../scenario/run-file.ts'
import { untilSignal } from '../until-signal.ts'

/** `seabus run`: runs scenario files and holds each run against what its file expects. */
export async function runCommand(values: Values, paths: readonly string[]): Promise<Done> {
  if (paths.length === 0) throw new UsageError('seabus run: which file?')
  const overrides = overridesOf(values)
  const format = formatOf(values)
  const explain = values['explain'] === true
  if (explain && format !== 'text') throw new UsageError('seabus run: --explain is for the text')
  const url = text(values['url'])
  if (url !== undefined && values['inProcess'] === true) {
    throw new UsageError('seabus run: --in-process or --url, not both')
  }
  const keep = values['keep'] === true
  if (keep && url === undefined) throw new UsageError('seabus run: --keep is for --url: in process nothing stays')
  const read = readScenarios(paths)
  if ('errors' in read) {
    const output = format === 'json' ? JSON.stringify({ errors: read.errors }, null, 2) : ''
    return { output, errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  }
  if (format in PICTURES && read.scenarios.length > 1) {
    throw new UsageError(`seabus run: --format ${format} is for one scenario, not for ${read.scenarios.length}`)
  }
  if (read.scenarios.length === 0) {
    throw new UsageError(`seabus run: there is no scenario in ${paths.join(', ')}; a scenario begins with seabus: 1`)
  }
  const ran =
    url === undefined ? await here(read.scenarios, overrides) : await there(read.scenarios, overrides, url, keep)
  if ('exitCode' in ran) return ran
  const { results, left } = ran
  const paint = text(values['out']) === undefined ? onTerminal : plain
  const isAsExpected = results.every(({ result }) => result.failures.length === 0)
  const others =
    read.left === 0 ? [] : [`${read.left} other YAML ${read.left === 1 ? 'file is' : 'files are'} no scenario`]
  const errors = [...others, ...left]
  return {
    output: RUN_FORMATS[format]?.(results, { verbose: values['verbose'] === true, explain, paint }) ?? '',
    ...(format === 'text' && results.length > 1 ? { isStyled: true } : {}),
    ...(errors.length === 0 ? {} : { errors: errors.join('\n') }),
    exitCode: isAsExpected ? EXIT.asExpected : EXIT.notAsExpected
  }
}

/** What came of all, and what is left behind of it; or why not. */
type Ran = { readonly results: readonly FileResult[]; readonly left: readonly string[] } | Done

/** In this process, over all its cores. */
async function here(scenarios: readonly NamedScenario[], overrides: Overrides): Promise<Ran> {
  const progress = progressOn(process.stderr, 'scenarios')
  const jobs = scenarios.map(({ scenario }) => ({ scenario, overrides }))
  const answers = await spread(jobs, (count) => progress.tell(count, jobs.length)).finally(() => progress.end())
  const results: FileResult[] = []
  for (const [index, answer] of answers.entries()) {
    const file = scenarios[index]?.file ?? ''
    if ('cannot' in answer) return cannot(file, answer.cannot, answer.because === 'service-down')
    results.push({ file, result: answer.result, seconds: answer.seconds })
  }
  return { results, left: [] }
}

function cannot(file: string, why: string, isDown: boolean): Done {
  return isDown
    ? { output: '', errors: plainLine(`seabus run: ${why}`), exitCode: EXIT.serviceDown }
    : { output: '', errors: plainLine(`${file}: ${why}`), exitCode: EXIT.badFile }
}

/** On the services behind a console, one after the other; a signal ends the run that is under way. */
async function there(
  scenarios: readonly NamedScenario[],
  overrides: Overrides,
  url: string,
  keep: boolean
): Promise<Ran> {
  const left: string[] = []
  const progress = progressOn(process.stderr, 'scenarios')
  const ended = await untilSignal(async (signal) => {
    const run = atConsole(url, {
      newMachine: () => `run-${randomUUID().slice(0, 8)}`,
      keep,
      signal,
      left: (machine, why) => left.push(plainLine(`seabus run: machine ${machine} may be left at ${url}: ${why}`))
    })
    const results: FileResult[] = []
    for (const { file, scenario } of scenarios) {
      const one = await oneThere(file, () => run(scenario, overrides))
      if ('exitCode' in one) return one
      results.push(one)
      progress.tell(results.length, scenarios.length)
    }
    return { results, left }
  }).finally(() => progress.end())
  const ran: Ran = 'result' in ended ? ended.result : { output: '', exitCode: ended.exitCode }
  if (!('exitCode' in ran) || left.length === 0) return ran
  return { ...ran, errors: [...(ran.errors === undefined ? [] : [ran.errors]), ...left].join('\n') }
}

async function oneThere(file: string, run: () => ReturnType<Runner>): Promise<FileResult | Done> {
  try {
    return await timed(file, run)
  } catch (problem) {
    if (problem instanceof ServiceDown) return cannot(file, problem.message, true)
    if (problem instanceof StepError) return cannot(file, problem.message, false)
    throw problem
  }
}

/** The format asked for by its name, or by an older word of its own. */
function formatOf(values: Values): string {
  const named = text(values['format'])
  const asked = Object.keys(RUN_FORMATS).filter((name) => name === named || values[name] === true)
  if (asked.length > 1) throw new UsageError(`seabus run: one format, not ${asked.join(' and ')}`)
  if (named !== undefined) known('format', named, Object.keys(RUN_FORMATS))
  return asked[0] ?? 'text'
}

/** What the command line changes about every file. Throws UsageError for a name that nothing has. */
export function overridesOf(values: Values): Overrides {
  const policy = knownPolicy(text(values['policy']))
  const vmm = knownVmm(text(values['vmm']))
  const linux = knownKernel(text(values['linux']))
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(vmm === undefined ? {} : { vmm }),
    ...(linux === undefined ? {} : { linux })
  }
}

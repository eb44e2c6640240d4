import { plainLine } from '../../shared/contracts/plain-text.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { EXIT, text, withErrors, type Done, type Values, UsageError } from '../command.ts'
import { known } from '../known.ts'
import { overridesOf } from '../overrides.ts'
import type { Answer, Job } from '../parallel/job.ts'
import { onServices, type OnServices } from '../parallel/on-services.ts'
import { spread } from '../parallel/spread.ts'
import { progressOn } from '../progress.ts'
import { PICTURES, RUN_FORMATS } from '../run/formats.ts'
import { readScenarios, type NamedScenario } from '../scenario/files.ts'
import type { FileResult } from '../scenario/run-file.ts'
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
  const left: string[] = []
  const ended = await answersTo(
    read.scenarios.map(({ scenario }) => ({ scenario, overrides })),
    url,
    {
      keep,
      left: (machine, why) => left.push(plainLine(`seabus run: machine ${machine} may be left at ${url}: ${why}`))
    }
  )
  const results = 'result' in ended ? resultsOf(read.scenarios, ended.result) : { output: '', exitCode: ended.exitCode }
  if ('exitCode' in results) return withErrors(results, left)
  const isAsExpected = results.every(({ result }) => result.failures.length === 0)
  const others =
    read.left === 0 ? [] : [`${read.left} other YAML ${read.left === 1 ? 'file is' : 'files are'} no scenario`]
  const told: Done = {
    output: RUN_FORMATS[format]?.(results, { verbose: values['verbose'] === true, explain }) ?? '',
    ...(format === 'text' && results.length > 1 ? { isStyled: true } : {}),
    exitCode: isAsExpected ? EXIT.asExpected : EXIT.notAsExpected
  }
  return withErrors(told, [...others, ...left])
}

/** In this process, over all its cores; or, where there is a URL, on the services behind it, until a signal ends it. */
async function answersTo(jobs: readonly Job[], url: string | undefined, options: Pick<OnServices, 'keep' | 'left'>) {
  const progress = progressOn(process.stderr, 'scenarios')
  const done = (count: number) => progress.tell(count, jobs.length)
  try {
    if (url === undefined) return { result: await spread(jobs, done) }
    return await untilSignal((signal) => onServices(jobs, url, { ...options, signal, done }))
  } finally {
    progress.end()
  }
}

/** What came of each file, or why one could not be run. */
function resultsOf(scenarios: readonly NamedScenario[], answers: readonly Answer[]): readonly FileResult[] | Done {
  const results: FileResult[] = []
  for (const [index, answer] of answers.entries()) {
    const file = scenarios[index]?.file ?? ''
    if ('cannot' in answer) return cannot(file, answer.cannot, answer.because === 'service-down')
    results.push({ file, ...answer })
  }
  return results
}

function cannot(file: string, why: string, isDown: boolean): Done {
  return isDown
    ? { output: '', errors: plainLine(`seabus run: ${why}`), exitCode: EXIT.serviceDown }
    : { output: '', errors: plainLine(`${file}: ${why}`), exitCode: EXIT.badFile }
}

/** The format asked for by its name, or by an older word of its own. */
function formatOf(values: Values): string {
  const named = text(values['format'])
  const asked = Object.keys(RUN_FORMATS).filter((name) => name === named || values[name] === true)
  if (asked.length > 1) throw new UsageError(`seabus run: one format, not ${asked.join(' and ')}`)
  if (named !== undefined) known('format', named, Object.keys(RUN_FORMATS))
  return asked[0] ?? 'text'
}

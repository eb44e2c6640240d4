import fc from 'fast-check'
import t from 'tap'
import { diffOf } from '../../cli/scenario/diff-runs.ts'
import { diffText } from '../../cli/scenario/diff-text.ts'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { junitOf, tapOf } from '../../cli/scenario/report-ci.ts'
import { mermaidOf } from '../../shared/trace/mermaid.ts'
import { reportOf, reportText } from '../../services/console/report.ts'
import { plainText } from '../../shared/contracts/plain-text.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { resultText } from '../../shared/scenario/report-text.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import { HIDDEN, hostile } from '../support/hostile-texts.ts'

/** So long a text may be wherever one may: what a contract does not know is told in another number of lines. */
const LENGTH = 15
const short = hostile.map((text) => text.slice(0, LENGTH)).filter((text) => text !== '')

/** What stands for a text from outside where the lines are counted. */
const HARMLESS = 'text'

/** A run in which whoever may say something says this. */
function saying(result: Result, text: string): Result {
  const names = { [text]: 'killed' } as const
  const failure = { expectation: `events[0] ${text}`, says: text, nearest: text, differs: [text] }
  return {
    ...result,
    title: text,
    unmodelled: text,
    failures: [failure],
    changed: { what: [`policy ${text}`], differs: [failure] },
    outcome: { ...result.outcome, tasks: names, processes: names, vms: names },
    journal: result.journal.map((entry) => {
      const foreign = { ...entry, data: { [text]: text, because: text, comm: text } }
      if (entry.kind === 'refusal') return { ...foreign, data: { code: 'field-invalid', detail: text } }
      // Every other one is as someone else's service might have written it.
      return entry.seq % 2 === 0 ? { ...foreign, type: `${entry.type}${text}` } : withText(entry, text)
    })
  }
}

/** The entry with the text in all that its contract lets be any text. */
function withText(entry: Result['journal'][number], text: string): Result['journal'][number] {
  const data = entry.data as Record<string, unknown> | undefined
  if (typeof data !== 'object') return entry
  const free = ['because', 'comm', 'detail', 'why', 'state'].filter((name) => typeof data[name] === 'string')
  return { ...entry, data: { ...data, ...Object.fromEntries(free.map((name) => [name, text])) } }
}

const WRITERS: Readonly<Record<string, (result: Result, text: string) => string>> = {
  'the text of seabus run': (result) => resultText(result),
  'the same with --explain': (result) => resultText(result, { explain: true }),
  'TAP of seabus run': (result, file) => tapOf([{ file, result, seconds: 1 }]),
  'JUnit of seabus run': (result, file) => junitOf([{ file, result, seconds: 1 }]),
  'Mermaid of seabus run': mermaidOf,
  'the text of the console': (result) => reportText(reportOf(result, undefined, { setup: { policy: result.title } })),
  'the text of the console, explained': (result) => reportText(reportOf(result, {}, { setup: {}, explain: true })),
  'the text of seabus diff': (result, name) =>
    diffText(diffOf({ name, ...result }, { name: 'other', journal: [], outcome: result.outcome })),
  'a mistake in a file': (_result, file) => errorLine({ file, line: 1, column: 1, message: `${file} is unknown` })
}

void t.test(
  'whatever files, policies and processes say, a report has no order for a terminal and no forged line',
  async (t) => {
    const read = readScenarios([`${SHIPPED}/01-story.yaml`])
    const [first] = 'scenarios' in read ? read.scenarios : []
    if (first === undefined) throw new Error('the story is not there')
    const result = await runInProcess(first.scenario, {})

    for (const [name, write] of Object.entries(WRITERS)) {
      const lines = write(saying(result, HARMLESS), HARMLESS).split('\n').length
      const broken = fc.check(
        fc.property(short, (text) => {
          const written = plainText(write(saying(result, text), text))
          return !HIDDEN.test(written) && written.split('\n').length === lines
        }),
        { numRuns: 30 }
      )
      t.equal(broken.failed, false, name)
      if (broken.failed) t.comment(JSON.stringify(JSON.stringify(broken.counterexample)))
    }
  }
)

void t.test('no directive for the program that draws comes out of a text', async (t) => {
  const read = readScenarios([`${SHIPPED}/01-story.yaml`])
  const [first] = 'scenarios' in read ? read.scenarios : []
  if (first === undefined) throw new Error('the story is not there')
  const result = await runInProcess(first.scenario, {})

  t.notMatch(mermaidOf(saying(result, '%%{init: {}}%%')).split('\n').slice(3).join('\n'), '%%{')
})

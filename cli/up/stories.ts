import { reportText, type Report } from '../../services/console/report.ts'
import type { StoryName } from '../../services/console/stories.ts'
import { plainLine, plainText } from '../../shared/contracts/plain-text.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import { outcomeLine } from '../../shared/scenario/report-text.ts'

/** What came of a story, or why nothing can be said of that. */
export type Walked =
  { readonly text: string; readonly sentence: string; readonly isAsExpected: boolean } | { readonly untold: string }

/** The system cannot walk a story at all. */
export class CannotWalk extends Error {}

/** Has the console of a running system tell a story. Throws CannotWalk where that comes to nothing, with one line that says why. */
export async function walk(story: StoryName, console: string, by: typeof fetch): Promise<Walked> {
  const response = await by(`${console}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ story })
  })
  if (!response.ok) {
    const { code, detail } = (await response.json()) as Problem
    const why = plainLine(`${story}: ${detail}`)
    if (code === 'journal-incomplete') return { untold: why }
    throw new CannotWalk(`the story cannot be walked: ${why} (${code})`)
  }
  const report = (await response.json()) as Report
  const { sentence, outcome, cell } = report
  return {
    text: plainText(reportText(report, [`${cell}: ${outcomeLine(outcome)}`])),
    sentence: plainLine(sentence.text),
    isAsExpected: report.asExpected === true
  }
}

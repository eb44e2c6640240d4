import { resultText } from '../../shared/scenario/report-text.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { mermaidOf } from '../../shared/trace/mermaid.ts'
import { junitOf, tapOf } from '../scenario/report-ci.ts'
import type { FileResult } from '../scenario/run-file.ts'
import { htmlOf, svgOf } from './pictures.ts'
import { summaryText, type Telling } from './summary.ts'

/** Of one run alone: two are no one picture. */
export const PICTURES: Readonly<Record<string, (result: FileResult) => string>> = { svg: svgOf, html: htmlOf }

/** What came of runs, for people and for programs. */
export const RUN_FORMATS: Readonly<Record<string, (results: readonly FileResult[], telling: Telling) => string>> = {
  text(results, telling) {
    const [only] = results
    if (only === undefined || results.length > 1) return summaryText(results, telling)
    return resultText(only.result, { explain: telling.explain })
  },
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
  junit: junitOf,
  ...Object.fromEntries(
    Object.entries(PICTURES).map(([format, draw]) => [
      format,
      (results: readonly FileResult[]) => results.map(draw).join('')
    ])
  )
}

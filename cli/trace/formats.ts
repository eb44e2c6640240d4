import { storyLines } from '../../shared/scenario/report-text.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { mermaidOf } from '../../shared/trace/mermaid.ts'
import type { FileResult } from '../scenario/run-file.ts'
import { htmlOf, svgOf } from '../run/pictures.ts'

/** A run that is over, told anew. `detail`: all entries, not only those of the story. */
export type Telling = { readonly detail: boolean }

/** By the names that `run` has for them. */
export const TRACE_FORMATS: Readonly<Record<string, (run: FileResult, telling: Telling) => string>> = {
  text: textOf,
  json({ result: { title, machine, outcome, cell, journal } }) {
    const sentence = verdictSentence(journal, { outcome })
    return JSON.stringify([{ title, machine, outcome, cell, sentence, journal }], undefined, 2)
  },
  mermaid: ({ result }) => mermaidOf(result),
  svg: svgOf,
  html: htmlOf
}

function textOf({ result }: FileResult, { detail }: Telling): string {
  return [result.title, '', ...storyLines(result, { detail, foldsBoots: !detail })].join('\n')
}

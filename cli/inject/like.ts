import type { Report } from '../../services/console/report.ts'
import { PRESETS, scenarioText } from '../../shared/scenario/presets.ts'
import { outcomeLine, sentenceLines } from '../../shared/scenario/report-text.ts'
import { text, type Values } from '../command.ts'
import { askConsole } from '../console/ask-console.ts'
import { known } from '../known.ts'
import { overridesOf } from '../overrides.ts'
import type { Injected } from './injected.ts'

/** Runs a preset at a console, on a machine of its own. */
export async function injectLike(front: string, values: Values, signal: AbortSignal): Promise<Injected> {
  const name = text(values['like']) ?? ''
  const preset = PRESETS.find((one) => one.name === name)
  if (preset === undefined) {
    known(
      'error like',
      name,
      PRESETS.map((one) => one.name)
    )
    throw new Error(`no preset ${name}`)
  }
  const wait = values['wait'] === true
  const body = { scenario: scenarioText(preset), ...overridesOf(values), keep: values['keep'] === true, wait }
  const asked = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal
  } as const
  const answer = (await (await askConsole(front, '/v1/runs', asked)).json()) as Report & { readonly id: string }
  const { id, machine, sentence, outcome, cell } = answer
  const where = `run ${id} on machine ${machine}, to look at: ${front}/#/run/${id}`
  return {
    lines: wait ? [where, '', ...sentenceLines(sentence), `${cell}: ${outcomeLine(outcome)}`] : [where],
    answer: wait ? { id, machine, sentence, cell, outcome } : { id, machine }
  }
}

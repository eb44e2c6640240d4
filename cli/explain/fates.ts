import type { Overrides } from '../../shared/scenario/plan.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { readScenarios, scenarioName, SHIPPED } from '../scenario/files.ts'
import { runAsFarAsItGoes } from '../scenario/in-process.ts'
import { join } from 'node:path'

/** Errors that are met in different ways: consumed by a task, by the guest's kernel, not yet acknowledged, in the VMM's own memory. */
const USUAL = [
  '01-story',
  '07-second-error-before-ack',
  '08-guest-kernel-consumes',
  '10-vmm-own-memory',
  '24-unacknowledged-qemu'
]

export interface Fate {
  readonly scenario: string
  readonly title: string
  readonly cell: string
  readonly sentence: string
}

/** What becomes of a few shipped scenarios when something about them is otherwise: run, not remembered. */
export async function fatesWith(overrides: Overrides): Promise<readonly Fate[]> {
  const read = readScenarios(USUAL.map((name) => join(SHIPPED, `${name}.yaml`)))
  if ('errors' in read) throw new Error('a shipped scenario cannot be read')
  return Promise.all(
    read.scenarios.map(async ({ file, scenario }) => {
      const { journal, outcome, cell, title } = await runAsFarAsItGoes(scenario, overrides)
      return { scenario: scenarioName(file), title, cell, sentence: verdictSentence(journal, { outcome }).text }
    })
  )
}

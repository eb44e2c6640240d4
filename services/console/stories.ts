import { readFileSync } from 'node:fs'
import { USUAL_POLICY } from '../../shared/scenario/changes.ts'
import { planOf, type Overrides } from '../../shared/scenario/plan.ts'
import { errorLine, readScenario } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** The stories by name, each a scenario file: the one of the project, and its counter-example. */
const FILES = { morse: '01-story.yaml', sei: '02-counter-example.yaml' } as const
const FOLDER = new URL('../../scenarios/', import.meta.url)

export type StoryName = keyof typeof FILES
export const STORY_NAMES = Object.keys(FILES) as readonly StoryName[]

/** Reads a story. Throws when its file is not there or has mistakes, which only a broken installation has. */
export const readStory = (name: StoryName): ScenarioFile => readStoryText(name).scenario

const READ = new Map<StoryName, { readonly scenario: ScenarioFile; readonly text: string }>()

/** A story and the text of its file, which is read once. Throws as `readStory` does. */
export function readStoryText(name: StoryName): { readonly scenario: ScenarioFile; readonly text: string } {
  const known = READ.get(name)
  if (known !== undefined) return known
  const file = FILES[name]
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const read = readScenario(text, file)
  if (read.errors !== undefined) throw new Error(read.errors.map(errorLine).join('\n'))
  READ.set(name, { scenario: read.scenario, text })
  return { scenario: read.scenario, text }
}

/** What a scenario is told with, in the words that `POST /v1/runs` has for what may be different. */
export function setupOf(scenario: ScenarioFile, overrides: Overrides): Overrides {
  const { vms } = planOf(scenario, overrides)
  const policy = vms[0]?.policy ?? (overrides.vmm === undefined ? USUAL_POLICY : undefined)
  return { ...(policy === undefined ? {} : { policy }), ...USUAL_FAULT, ...overrides }
}

/** What a poison raises, and how firmware notifies the host of it, where a file does not say. */
const USUAL_FAULT = { exception: 'SError', notify: 'GSIV' } as const

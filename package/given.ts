import { readFile } from 'node:fs/promises'
import { readScenario, type FileError } from '../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../shared/scenario/schema.ts'
import type { StepFile } from '../shared/scenario/schema-step.ts'
import type { Expectation } from '../shared/scenario/schema-expect.ts'
import { hex } from '../shared/formats/hex.ts'

/** What YAML writes as a number or as hex text may be a `bigint` in a program. */
type Given<T> = string | number extends T ? T | bigint : Parts<T>
type Parts<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Given<T[Name]> }
    : T

/** A scenario as a value: what `docs/scenario.schema.json` says, with addresses as `bigint` if you like. */
export type Scenario = Given<ScenarioFile>
/** One thing that happens, as in `steps` of a scenario: `{ poison: 'redis' }`. */
export type Step = Given<StepFile>
/** Who there is before anything happens: a host and, unless `processes` are named, one VM with the tasks redis and nginx. */
export type Setting = Pick<Scenario, 'machine' | 'vms' | 'processes'>

/** A scenario: a value, YAML (a text of more than one line), or a file, by its path or its `file:` URL. */
export type ScenarioSource = Scenario | string | URL

/** A scenario that has mistakes: all of them, each in the message with its line, or for a value with its path. */
export class ScenarioMistakes extends Error {
  override readonly name = 'ScenarioMistakes'
  readonly errors: readonly FileError[]
  constructor(errors: readonly FileError[], isText: boolean) {
    super(errors.map((error) => (isText ? textOf(error) : error.message)).join('\n'))
    this.errors = errors
  }
}

const textOf = ({ file, line, column, message }: FileError) => `${file}:${line}:${column}: ${message}`

/** Reads a scenario. Rejects with ScenarioMistakes, or with what the system says of a file. */
export async function scenarioOf(source: ScenarioSource): Promise<ScenarioFile> {
  if (typeof source === 'string' && source.includes('\n')) return read(source, 'scenario', true)
  if (typeof source === 'string' || source instanceof URL) {
    return read(await readFile(source, 'utf8'), source instanceof URL ? source.pathname : source, true)
  }
  return read(jsonOf(source), 'scenario', false)
}

/** A scenario has to have one. */
const NO_STEP: Step = { wait: '1ns' }

/** A setting, held against the schema with one step after it. Throws ScenarioMistakes. */
export function settingWith(setting: Setting, step: Step = NO_STEP): ScenarioFile {
  try {
    return readWith(setting, { steps: [step] })
  } catch (mistakes) {
    if (!(mistakes instanceof ScenarioMistakes)) throw mistakes
    // It is the only one that whoever calls knows of.
    const errors = mistakes.errors.map((each) => ({ ...each, message: each.message.replace(/^steps\[0\](: |\.)/, '') }))
    throw new ScenarioMistakes(errors, false)
  }
}

/** What is expected of a setting. Throws ScenarioMistakes. */
export function expectationOf(setting: Setting, expect: Expectation): Expectation {
  return readWith(setting, { steps: [NO_STEP], expect }).expect as Expectation
}

function readWith({ machine, vms, processes }: Setting, more: Pick<Scenario, 'steps' | 'expect'>): ScenarioFile {
  return read(jsonOf({ seabus: 1, title: 'a program', machine, vms, processes, ...more }), 'scenario', false)
}

function read(text: string, name: string, isText: boolean): ScenarioFile {
  const { scenario, errors } = { scenario: undefined, ...readScenario(text, name) }
  if (errors !== undefined) throw new ScenarioMistakes(errors, isText)
  return scenario
}

const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? hex(part) : part))

import { POLICIES } from '../../services/policy/policies.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { ACTION_MEANINGS } from '../../shared/contracts/policy-actions.ts'
import { noteName, NOTES } from '../../shared/contracts/notes/registry.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { differingKnobs, releaseOf } from '../../shared/linux/profile.ts'
import { ACTION_WORDS } from '../../shared/scenario/action-words.ts'
import { scenarioName, SHIPPED, readScenarios } from '../scenario/files.ts'

/** Something that has a name which one can give to a command, a scenario or a service. */
export interface Listed {
  readonly name: string
  /** What it is, in a line. */
  readonly summary: string
  /** What else programs want to know of it. */
  readonly [more: string]: unknown
}

/** What there is of each kind, from where it is defined. */
export const CATALOGUE = {
  policies: () => [...POLICIES].map(([name, { summary, rules }]): Listed => ({ name, summary, rules: rules.length })),
  actions: () => Object.entries(ACTION_MEANINGS).map(([name, summary]): Listed => ({ name, summary })),
  profiles: () =>
    Object.entries(PROFILES).map(([name, profile]): Listed => {
      const { summary, comm, asks, defaultPolicy } = profile
      return { name, summary, comm, asks, ...(defaultPolicy === undefined ? {} : { policy: defaultPolicy }) }
    }),
  kernels: () => LINUX_VERSIONS.map(kernelRow),
  scenarios: scenarioRows,
  steps: () => Object.entries(ACTION_WORDS).map(([name, summary]): Listed => ({ name, summary })),
  events: () => [...messageRows(), ...noteRows()].toSorted(byName)
} as const satisfies Readonly<Record<string, () => readonly Listed[]>>

export type Kind = keyof typeof CATALOGUE

function kernelRow(version: (typeof LINUX_VERSIONS)[number]): Listed {
  const release = releaseOf(version)
  const isShort = release !== version
  const differs = isShort ? [] : differingKnobs(version)
  const summary = isShort
    ? `short for ${release}`
    : `Linux ${version}${differs.length === 0 ? '' : `, other than its series in: ${differs.join(', ')}`}`
  return { name: version, summary, release }
}

function scenarioRows(): readonly Listed[] {
  const read = readScenarios([SHIPPED])
  if ('errors' in read)
    throw new Error(`a shipped scenario has mistakes: ${read.errors.map(({ file }) => file).join(', ')}`)
  return read.scenarios.map(({ file, scenario }) => ({
    name: scenarioName(file),
    summary: scenario.title,
    tags: scenario.tags ?? [],
    file
  }))
}

const messageRows = () =>
  Object.entries(ACCEPTS).flatMap(([layer, messages]) =>
    messages.map(({ type, summary, reply }): Listed => {
      const kind = reply === undefined ? 'message' : 'question'
      return { name: type, summary: `${kind} to ${layer}: ${summary}`, kind, layer }
    })
  )

const noteRows = () =>
  Object.entries(NOTES).flatMap(([layer, notes]) =>
    notes.map(({ type, example, says }): Listed => ({
      name: noteName(type, example),
      summary: `note of ${layer}, such as: ${says(example).split('\n')[0]}`,
      kind: 'note',
      layer
    }))
  )

const byName = (a: Listed, b: Listed) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

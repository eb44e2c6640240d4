import { NOTES, stepIn } from '../../shared/contracts/notes/registry.ts'
import { PROBLEMS } from '../../shared/contracts/problem.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { ACTION_WORDS } from '../../shared/scenario/action-words.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'
import { ruleSays } from './rule.ts'

/** Messages and notes, as journals have them. */
export const EVENTS: Subject = {
  kind: 'event',
  names: () => [...new Set([...messages(), ...notes()].map(({ name }) => name))],
  explain: (name) => [...messages(), ...notes()].filter((one) => folded(one.name) === folded(name))
}

function messages(): readonly Explanation[] {
  return Object.entries(ACCEPTS).flatMap(([layer, all]) =>
    all.map(({ type, summary, description, method, path, example, reply }): Explanation => ({
      kind: 'event',
      name: type,
      title: `${reply === undefined ? 'message' : 'question'} to ${layer}: ${summary}`,
      facts: [
        { label: 'request', says: `${method} ${path}` },
        ...(description === undefined ? [] : [{ label: 'what it does', says: description }]),
        ...(example === undefined ? [] : [{ label: 'such as', says: JSON.stringify(example) }])
      ],
      data: { layer, method, path, description, example }
    }))
  )
}

function notes(): readonly Explanation[] {
  return Object.entries(NOTES).flatMap(([layer, all]) =>
    all.map(({ type, example, says, rule }): Explanation => {
      const named = typeof rule === 'function' ? rule(example) : rule
      const facts: Fact[] = [
        { label: 'says', says: says(example).split('\n') },
        { label: 'data', says: JSON.stringify(example) },
        ...(named === undefined ? [] : [{ label: 'rule', says: [named, ruleSays(named) ?? ''] }])
      ]
      return {
        kind: 'event',
        name: stepIn(example) ?? type,
        title: `note of ${layer}`,
        facts,
        data: { type, layer, example, rule: named }
      }
    })
  )
}

/** Problems by their code. */
export const PROBLEMS_EXPLAINED: Subject = {
  kind: 'problem',
  names: () => Object.keys(PROBLEMS),
  explain: (name) =>
    Object.entries(PROBLEMS).flatMap(([code, { status, title }]) =>
      folded(code) === folded(name)
        ? [
            {
              kind: 'problem',
              name: code,
              title,
              facts: [{ label: 'status', says: String(status) }],
              data: { status, title }
            }
          ]
        : []
    )
}

/** What a scenario can do. */
export const STEPS: Subject = {
  kind: 'step',
  names: () => Object.keys(ACTION_WORDS),
  explain: (name) =>
    Object.entries(ACTION_WORDS).flatMap(([step, title]) =>
      folded(step) === folded(name) ? [{ kind: 'step', name: step, title, facts: [] }] : []
    )
}

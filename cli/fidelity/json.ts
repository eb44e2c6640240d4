import { placedRules, type PlacedRule, type Sources } from './placed-rules.ts'

/**
 * docs/fidelity.json for these sources: each rule by its file and name, as the `rule` of a journal's entry has it, with
 * `title`, all of the `text` where that is more, `file`, `spec`, `degree` and `fidelity`.
 */
export function fidelityJson(sources: Sources): string {
  const rules = placedRules(sources)
    .filter(({ name }) => name !== undefined)
    .map((rule) => [`${rule.file}#${rule.name}`, told(rule)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `${JSON.stringify(Object.fromEntries(rules), null, 2)}\n`
}

function told({ title, text, file, spec, degree, fidelity }: PlacedRule): object {
  return {
    ...(title === undefined ? {} : { title }),
    ...(text === undefined || text === title ? {} : { text }),
    file,
    spec,
    degree,
    fidelity
  }
}

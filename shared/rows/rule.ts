import type { WireEntry } from '../trace/entry.ts'

/** A rule as docs/fidelity.json has it. */
export interface PlacedRule {
  readonly title: string
  readonly file: string
  /** Document, edition and section, or a kernel's version, file and function. */
  readonly spec: string
  readonly degree: 'exact' | 'approximates' | 'omits'
  /** The degree, and what is left out. */
  readonly fidelity: string
}

/** Rules by `file#name`, as entries of journals name them. */
export type PlacedRules = Readonly<Record<string, PlacedRule>>

/** The rules that the entries of a run name, and no others. */
export function rulesOf(journal: readonly WireEntry[], rules: PlacedRules): PlacedRules {
  const named = new Set(journal.flatMap(({ rule }) => rule ?? []))
  return Object.fromEntries(Object.entries(rules).filter(([name]) => (named as ReadonlySet<string>).has(name)))
}

/** What is left out, without the degree that it begins with. */
export const leftOut = ({ degree, fidelity }: PlacedRule): string =>
  fidelity.startsWith(degree) ? fidelity.slice(degree.length).replace(/^[.:;,\s]+/, '') : fidelity

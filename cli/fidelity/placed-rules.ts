import { rulesOf, type Rule } from './rules.ts'

/** Source files by their path from the root. */
export type Sources = ReadonlyMap<string, string>

/** A rule and the file that it is in, by its path from the root. */
export interface PlacedRule extends Rule {
  readonly file: string
}

/** All rules of these sources, in their order. Throws with the file's name where a comment is half a rule. */
export function placedRules(sources: Sources): readonly PlacedRule[] {
  return [...sources].flatMap(([file, source]) => {
    try {
      return rulesOf(source).map((rule) => ({ ...rule, file }))
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  })
}

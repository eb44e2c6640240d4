/** A thing explained: facts for people, and the data that they come from for programs. */
export interface Explanation {
  /** `profile`, `kernel`, `rule`, …: what kind of thing it is. */
  readonly kind: string
  readonly name: string
  /** What it is, in a sentence. */
  readonly title: string
  readonly facts: readonly Fact[]
  /** As the model has it. */
  readonly data?: unknown
}

/** What is said of one side of it; several lines where there are several things to say. */
export interface Fact {
  readonly label: string
  readonly says: string | readonly string[]
}

/** A subject that can be asked about by name. */
export interface Subject {
  readonly kind: string
  /** Names that people are likely to type, for who mistypes one and for completion. */
  readonly names: () => readonly string[]
  /** Explanations of everything that goes by this name; nothing where nothing does. */
  readonly explain: (name: string) => readonly Explanation[] | Promise<readonly Explanation[]>
}

/** Case, and what joins words, say nothing: `do_sea`, `doSea` and `DO_SEA()` are one name. */
export const folded = (name: string): string => name.toLowerCase().replaceAll(/[\s_()-]/g, '')

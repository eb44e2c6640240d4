/** What a part of a chaos run has come to. */
export interface Found {
  stories: number
  /** How often each kind of fault happened. */
  readonly faults: Map<string, number>
  /** Each begins with what it is: lost, twice, made up, stuck, unnoticed, or where. */
  readonly wrongs: string[]
}

export const nothingFound = (): Found => ({ stories: 0, faults: new Map(), wrongs: [] })

/** How many of the wrongs are of a kind. */
export const countOf = ({ wrongs }: Found, kind: RegExp): number => wrongs.filter((wrong) => kind.test(wrong)).length

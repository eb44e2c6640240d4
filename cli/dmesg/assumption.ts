/** Something that the excerpt does not say and the rebuilt record has to have. */
export interface Assumption {
  /** The field, as the specification calls it. */
  readonly field: string
  readonly taken: string
  /** What would say it: another line of the log, or an option. */
  readonly why: string
}

export const assume = (field: string, taken: string, why: string): Assumption => ({ field, taken, why })

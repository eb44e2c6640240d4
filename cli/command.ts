/** What was given of a command's options, by the names that commander makes of them: `inProcess`. */
export type Values = Readonly<Record<string, unknown>>

export interface Done {
  readonly output: string
  /** What is no text, in place of it. */
  readonly bytes?: Uint8Array
  /** The output has colours or ends of lines of ours; what of it is from elsewhere is plain already. */
  readonly isStyled?: true
  /** What belongs on standard error: mistakes in files, services that are down. */
  readonly errors?: string
  readonly exitCode: number
}

/** The same with further lines for standard error. */
export function withErrors(done: Done, more: readonly string[]): Done {
  const errors = [...(done.errors === undefined ? [] : [done.errors]), ...more]
  return errors.length === 0 ? done : { ...done, errors: errors.join('\n') }
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A list as people type it: `a,b`. */
export const list = (value: unknown): readonly string[] | undefined =>
  text(value)
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** A file or an option that cannot be used; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes of every command that runs scenarios. */
export const EXIT = { asExpected: 0, notAsExpected: 1, badFile: 2, serviceDown: 3 } as const

import type { ParseArgsOptionsConfig } from 'node:util'

/** A subcommand of seabus; the dispatcher has a table of them. */
export interface Command {
  readonly usage: string
  readonly summary: string
  readonly options: ParseArgsOptionsConfig
  run(values: Values, positionals: readonly string[]): Done | Promise<Done>
}

export type Values = Readonly<Record<string, unknown>>

export interface Done {
  readonly output: string
  /** What belongs on standard error: mistakes in files, services that are down. */
  readonly errors?: string
  readonly exitCode: number
}

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A list as people type it: `a,b`. */
export const list = (value: unknown): readonly string[] | undefined =>
  text(value)
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Exit codes of every command that runs scenarios. */
export const EXIT = { asExpected: 0, notAsExpected: 1, badFile: 2, serviceDown: 3 } as const

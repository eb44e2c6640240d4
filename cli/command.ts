import type { ParseArgsOptionsConfig } from 'node:util'
import { nearest } from '../shared/contracts/nearest.ts'

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

/** A file or an option that cannot be used; the message is for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Throws UsageError for a name that nothing has, with the nearest that something has. */
export function known(what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  const meant = nearest(name, names)
  throw new UsageError(
    `seabus: there is no ${what} ${name}; ${meant === undefined ? `known: ${names.join(', ')}` : `did you mean ${meant}?`}`
  )
}

/** Exit codes of every command that runs scenarios. */
export const EXIT = { asExpected: 0, notAsExpected: 1, badFile: 2, serviceDown: 3 } as const

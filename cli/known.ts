import { nearest } from '../shared/contracts/nearest.ts'
import { UsageError } from './command.ts'

/** Throws UsageError for a name that nothing has, with the nearest that something has. */
export function known(what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  const meant = nearest(name, names)
  throw new UsageError(
    `seabus: there is no ${what} ${name}; ${meant === undefined ? `known: ${names.join(', ')}` : `did you mean ${meant}?`}`
  )
}

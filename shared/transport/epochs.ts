import { NS_PER_MS } from './timers.ts'

/** Entries of a journal with its own epoch (ms since 1970), their times counted from another one. */
export function counted(
  own: number | undefined,
  from: number | undefined
): <Entry extends { readonly time: number }>(entry: Entry) => Entry {
  const shift = own === undefined || from === undefined ? 0 : (own - from) * NS_PER_MS
  return (entry) => (shift === 0 ? entry : { ...entry, time: entry.time + shift })
}

import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { Listed } from './catalogue.ts'

/** Names are padded to this at most: one that is longer stands out rather than pushing all others away. */
const WIDEST = 34

/** A line each: its name, and what it is. */
export function columns(listed: readonly Listed[]): string {
  const width = Math.min(WIDEST, Math.max(0, ...listed.map(({ name }) => name.length)))
  return listed.map(({ name, summary }) => plainLine(`${name.padEnd(width)}  ${summary}`)).join('\n')
}

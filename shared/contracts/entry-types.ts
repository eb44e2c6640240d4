import { nearest } from './nearest.ts'
import { NOTES } from './notes/registry.ts'
import { ACCEPTS } from './registry.ts'

/** Types that entries of our layers have, but those of timers that nothing else is called after. */
const KNOWN: readonly string[] = [
  ...new Set([...Object.values(ACCEPTS).flat(), ...Object.values(NOTES).flat()].map(({ type }) => type))
].sort()

/**
 * The type of an entry that was probably meant by one that is none; undefined where it is one, or is like none: a layer of
 * somebody else's may write down what it likes.
 */
export const meantType = (type: string): string | undefined => (KNOWN.includes(type) ? undefined : nearest(type, KNOWN))

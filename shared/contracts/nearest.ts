import { closestMatch } from 'leven'

/** Of a name this long, how many letters may be wrong before it is another name. */
const misspelling = (name: string) => Math.max(1, Math.floor(name.length / 3))

/**
 * The known name that a misspelt one probably meant, whatever its case; of equally near ones the first. `maxDistance` is
 * how many letters may differ; Infinity gives the nearest however far, and undefined only where nothing is known.
 */
export function nearest(
  name: string,
  known: readonly string[],
  maxDistance: number = misspelling(name)
): string | undefined {
  const folded = known.map((other) => other.toLowerCase())
  const meant = closestMatch(name.toLowerCase(), folded, Number.isFinite(maxDistance) ? { maxDistance } : {})
  return meant === undefined ? undefined : known[folded.indexOf(meant)]
}

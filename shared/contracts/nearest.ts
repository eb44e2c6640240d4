import leven from 'leven'

/** Of a name this long, how many letters may be wrong before it is another name; two neighbours that changed places are one. */
const misspelling = (name: string) => Math.min(2, Math.max(1, Math.floor(name.length / 3)))

/** Case and what joins words say nothing: `host_physical` is hostPhysical. */
const folded = (name: string) => name.toLowerCase().replaceAll(/[_-]/g, '')

/** The known name that a misspelt one probably meant; of equally near ones the first. Nothing where all are far. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const written = folded(name)
  const spellings = [written, ...swaps(written)]
  const distances = known.map((other) => {
    const meant = folded(other)
    return Math.min(...spellings.map((spelling, index) => leven(spelling, meant) + (index === 0 ? 0 : 1)))
  })
  const least = Math.min(...distances)
  return least <= misspelling(written) ? known[distances.indexOf(least)] : undefined
}

/** The name with each two neighbours in each other's place. */
function swaps(name: string): readonly string[] {
  const pairs = Array.from({ length: Math.max(0, name.length - 1) }, (_, at) => at)
  return pairs.map((at) => `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`)
}

const MANY = 16

/** What is said behind a name that nothing has: the one that was probably meant, or what there is if that is not much. */
export function hintFor(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  if (meant !== undefined) return `; did you mean ${meant}?`
  if (known.length === 0) return '; there is none at all'
  return known.length > MANY ? '' : `; known: ${known.join(', ')}`
}

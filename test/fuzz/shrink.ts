import { runSeed, type Found, type SeedOptions } from './run.ts'

/** A seed that fails with as few of its faults as could be found: the shortest beginning, less what does not matter in it. */
export async function shrink(seed: number, options: SeedOptions = {}): Promise<Found> {
  let best = await runSeed(seed, options)
  const fewer = async (from: number, out: ReadonlySet<number>) => {
    const found = await runSeed(seed, { ...options, leaving: { from, out } })
    if (found.wrongs.length > 0) best = found
    return found.wrongs.length > 0
  }
  const ends = [0, ...best.faults.map(({ index }) => index + 1)]
  let from = Infinity
  for (const end of ends) {
    if (!(await fewer(end, new Set()))) continue
    from = end
    break
  }
  const out = new Set<number>()
  for (const { index } of best.faults.toReversed()) {
    out.add(index)
    if (!(await fewer(from, out))) out.delete(index)
  }
  return best
}

/** What a person needs to see it again. */
export function reportOf({ seed, play, way, wrongs, faults }: Found): string {
  const kept = faults.map(({ index }) => index).join()
  return [
    `seed ${seed}: ${play} by ${way}`,
    ...wrongs.map((wrong) => `  ${wrong.slice(0, 500)}`),
    `with these faults:`,
    ...faults.map(({ index, what, size, where }) => `  ${index} ${what} (${size.toFixed(2)}): ${where}`),
    `node test/fuzz/repeat.ts --seed ${seed} --only ${kept === '' ? 'none' : kept}`
  ].join('\n')
}

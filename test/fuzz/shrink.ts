import type { Fault } from './faults.ts'
import { runSeed, type Found, type SeedOptions } from './run.ts'

/** A seed that fails with as few of its faults as could be found: the shortest beginning, less what does not matter in it. */
export async function shrink(seed: number, options: SeedOptions = {}): Promise<Found> {
  let best = await runSeed(seed, options)
  const failsWith = async (faults: readonly Fault[]) => {
    const found = await runSeed(seed, { ...options, only: new Set(faults.map(({ id }) => id)) })
    if (found.wrongs.length > 0) best = found
    return found.wrongs.length > 0
  }
  const all = best.faults
  for (let count = 0; count < all.length; count++) if (await failsWith(all.slice(0, count))) break
  for (const { id } of best.faults.toReversed()) await failsWith(best.faults.filter((fault) => fault.id !== id))
  return best
}

/** What a person needs to see it again. */
export function reportOf({ seed, play, way, wrongs, faults }: Found): string {
  const kept = faults.map(({ id }) => id).join()
  return [
    `seed ${seed}: ${play} by ${way}`,
    ...wrongs.map((wrong) => `  ${wrong.slice(0, 500)}`),
    `with these faults:`,
    ...faults.map(({ id, what, size, where }) => `  ${id} ${what} (${size.toFixed(2)}): ${where}`),
    `node test/fuzz/repeat.ts --seed ${seed} --only ${kept === '' ? 'none' : kept}`
  ].join('\n')
}

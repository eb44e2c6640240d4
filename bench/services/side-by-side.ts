import type { Contestant } from './contestant.ts'

export interface Sizes {
  /** Run before anything is measured, half of them one at a time. */
  readonly warmUp: number
  /** Measured one at a time. */
  readonly samples: number
  /** Slices measured with many in flight. */
  readonly slices: number
}

/** What was measured of one contestant. */
export interface Sampled {
  /** Milliseconds of each, one at a time. */
  readonly times: readonly number[]
  readonly perSecond: number
  /** CPU milliseconds of each: one at a time, with many in flight, and of all of these. */
  readonly cpu: { readonly alone: number; readonly together: number; readonly all: number }
}

export interface SideBySide {
  readonly story: Sampled
  readonly ring: Sampled
  readonly warmUpSeconds: number
}

export const IN_FLIGHT = 32
/** A slice of both is as long: frames of laps that began together travel together, so that more laps would go faster. */
export const SLICE = 40
/** Between two that are measured: what the one leaves behind must not run during the other. */
const PAUSE_MS = 3

/** Measures stories and laps of a bare ring by turns. */
export async function sideBySide(story: Contestant, ring: Contestant, sizes: Sizes): Promise<SideBySide> {
  const { warmUp, samples, slices } = sizes
  const warmUpSeconds = await warm(story, ring, warmUp)
  const both = [story, ring] as const

  await story.prepare(samples)
  const beforeAlone = await cpuOf(both)
  const times: readonly [number[], number[]] = [[], []]
  for (let sample = 0; sample < samples; sample++) {
    times[0].push(await timed(story))
    times[1].push(await timed(ring))
  }
  await story.quiet()
  const afterAlone = await cpuOf(both)

  await story.prepare(slices * SLICE)
  const beforeTogether = await cpuOf(both)
  const seconds: [number, number] = [0, 0]
  for (let slice = 0; slice < slices; slice++) {
    seconds[0] += await many(story, SLICE)
    await pause()
    seconds[1] += await many(ring, SLICE)
    await pause()
  }
  await story.quiet()
  const afterTogether = await cpuOf(both)

  const sampled = (of: 0 | 1): Sampled => {
    const alone = afterAlone[of] - beforeAlone[of]
    const together = afterTogether[of] - beforeTogether[of]
    const all = (alone + together) / (samples + slices * SLICE)
    return {
      times: times[of],
      perSecond: (slices * SLICE) / seconds[of],
      cpu: { alone: alone / samples, together: together / (slices * SLICE), all }
    }
  }
  return { story: sampled(0), ring: sampled(1), warmUpSeconds }
}

/** CPU milliseconds of both so far. */
async function cpuOf([story, ring]: readonly [Contestant, Contestant]): Promise<readonly [number, number]> {
  return [(await story.cpuMicros()) / 1000, (await ring.cpuMicros()) / 1000]
}

/** Seconds that the warm-up took, without preparations. */
async function warm(story: Contestant, ring: Contestant, count: number): Promise<number> {
  await story.prepare(count)
  const begun = performance.now()
  const together = Math.floor(count / 2)
  for (const one of [story, ring]) {
    await many(one, together)
    for (let run = together; run < count; run++) await one.run()
  }
  return (performance.now() - begun) / 1000
}

async function timed(one: Contestant): Promise<number> {
  const begun = performance.now()
  await one.run()
  const ms = performance.now() - begun
  await pause()
  return ms
}

/** Seconds that so many take, with some of them in flight all the time. */
async function many(one: Contestant, count: number): Promise<number> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await one.run()
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return (performance.now() - begun) / 1000
}

const pause = () => new Promise<void>((resolve) => void setTimeout(resolve, PAUSE_MS))

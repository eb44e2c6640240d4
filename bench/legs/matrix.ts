import { measureMatrix, type Measured } from '../matrix.ts'
import { cpuMicros } from '../cpu.ts'
import type { Result, Scale } from '../figure.ts'
import { median } from '../statistics.ts'

const PASSES = { full: { warmUp: 1, measured: 3 }, quick: { warmUp: 1, measured: 1 } } as const

interface Pass extends Measured {
  readonly cpuSeconds: number
}

async function pass(): Promise<Pass> {
  const before = cpuMicros()
  const measured = await measureMatrix()
  return { ...measured, cpuSeconds: (cpuMicros() - before) / 1e6 }
}

async function passes(count: number): Promise<readonly Pass[]> {
  const all: Pass[] = []
  for (let index = 0; index < count; index++) all.push(await pass())
  return all
}

export async function run(scale: Scale): Promise<Result> {
  const { warmUp, measured } = PASSES[scale]
  const cold = await passes(warmUp)
  const warm = await passes(measured)
  const runs = cold[0]?.runs ?? 0
  const rate = (all: readonly Pass[]) => ({
    unit: 'runs/s a core' as const,
    value: runs / median(all.map(({ cpuSeconds }) => cpuSeconds))
  })
  const wall = (all: readonly Pass[]) => ({ unit: 's' as const, value: median(all.map(({ seconds }) => seconds)) })
  return {
    figures: [
      { name: 'first pass', ...wall(cold) },
      { name: 'first pass', ...rate(cold) },
      { name: 'warm pass', ...wall(warm) },
      { name: 'warm pass', ...rate(warm) }
    ],
    warmUps: [
      {
        what: 'the first pass',
        count: warmUp * runs,
        of: 'runs',
        seconds: cold.reduce((total, { seconds }) => total + seconds, 0)
      }
    ],
    notes: [`${cold[0]?.scenarios ?? 0} scenarios, ${runs} runs a pass; the median of ${measured}.`]
  }
}

import { writeFileSync } from 'node:fs'
import type { Result, Scale } from './figure.ts'
import { judge } from './goals.ts'
import type { LegName } from './legs.ts'
import { loadHere, machineHere } from './machine.ts'
import { HELP, optionsOf } from './options.ts'
import { performancePage, report, type Measured } from './page.ts'

export interface Ports {
  /** Measures one leg. */
  readonly runLeg: (leg: LegName, scale: Scale) => Promise<Result>
  /** A line on what is going on. */
  readonly progress: (line: string) => void
  /** Where `--write` writes. */
  readonly page: string
}

export interface Done {
  readonly output: string
  readonly exitCode: number
}

/** The bench with its arguments. Throws OptionsError for arguments that make no sense, and whatever a leg throws. */
export async function bench(args: readonly string[], { runLeg, progress, page }: Ports): Promise<Done> {
  const options = optionsOf(args)
  if (options.help) return { output: HELP, exitCode: 0 }
  const before = loadHere()
  const legs: { name: LegName; result: Result }[] = []
  for (const name of options.legs) {
    progress(`${name} …`)
    legs.push({ name, result: await runLeg(name, options.scale) })
  }
  const verdicts = judge(
    options.legs,
    legs.flatMap(({ result }) => result.figures)
  )
  const measured: Measured = {
    legs,
    verdicts,
    machine: machineHere(),
    scale: options.scale,
    load: [before, loadHere()],
    date: new Date().toISOString().slice(0, 10)
  }
  if (options.write) writeFileSync(page, performancePage(measured))
  const missed = verdicts.filter(({ met }) => !met).length
  const summary =
    verdicts.length === 0 ? 'no goals here' : `${verdicts.length - missed} of ${verdicts.length} goals met`
  return { output: `${report(measured)}\n${summary}`, exitCode: options.check && missed > 0 ? 1 : 0 }
}

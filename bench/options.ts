import { parseArgs } from 'node:util'
import type { Scale } from './figure.ts'
import { LEG_NAMES, type LegName } from './legs.ts'

export interface Options {
  readonly help: boolean
  readonly legs: readonly LegName[]
  readonly scale: Scale
  readonly write: boolean
  readonly check: boolean
}

export const HELP = `npm run bench [-- OPTIONS]

Measures, and puts each figure beside its goal.

  --only LEG,…   only these: ${LEG_NAMES.join(', ')}
  --quick        warms up and samples a fifth: a look while working. The compiler has not settled then (a story may take
                 twice as long), and p99 is the slowest but one
  --check        exits 1 when a goal of the legs that ran is missed or was not measured
  --write        writes docs/performance.md; needs all legs. With --quick the page says so
  --help         this text`

/** A mistake in the arguments; the message is for the user. */
export class OptionsError extends Error {}

const isLeg = (name: string): name is LegName => (LEG_NAMES as readonly string[]).includes(name)

/** Throws OptionsError for arguments that make no sense. */
export function optionsOf(args: readonly string[]): Options {
  const { help, only, quick, write, check } = parse(args)
  const legs = only === undefined ? LEG_NAMES : only.split(',').map((name) => legOf(name.trim()))
  if (write && legs.length < LEG_NAMES.length) throw new OptionsError('--write needs all legs: leave out --only')
  return { help, legs: LEG_NAMES.filter((leg) => legs.includes(leg)), scale: quick ? 'quick' : 'full', write, check }
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  const options = { help: flag, only: { type: 'string' }, quick: flag, write: flag, check: flag } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    throw new OptionsError(`${sentence}; npm run bench -- --help tells what there is`)
  }
}

function legOf(name: string): LegName {
  if (isLeg(name)) return name
  throw new OptionsError(`there is no leg ${JSON.stringify(name)}; known: ${LEG_NAMES.join(', ')}`)
}

import { kernelsText } from '../../shared/drawing/run-picture.ts'

/** What is known of a run before its journal has come. */
export interface Comparable {
  readonly id: string
  /** The title of its scenario. */
  readonly name: string
  /** The same of runs that differ by VMM or policy alone, whatever their scenarios are called. */
  readonly fault?: string
  readonly vmm?: string
  readonly policy?: string
  readonly linux?: string
  /** Those of its guests, where they are others. */
  readonly guestLinux?: string
}

/** So many runs are offered at most. */
const MOST = 100

const isOfSame = (one: Comparable, other: Comparable): boolean =>
  one.name === other.name || (one.fault !== undefined && one.fault === other.fault)

/** Runs that another may be held against, those of the same scenario or fault first, the newest first among each. */
export function comparableWith<Run extends Comparable>(runs: readonly Run[], other: string): readonly Run[] {
  const one = runs.find(({ id }) => id === other)
  const rest = runs.filter(({ id }) => id !== other)
  if (one === undefined) return rest.slice(0, MOST)
  return [...rest.filter((run) => isOfSame(run, one)), ...rest.filter((run) => !isOfSame(run, one))].slice(0, MOST)
}

/** The run to hold against one: the newest of the same scenario or fault, of those with something else about them if there are any. */
export function partnerOf<Run extends Comparable>(runs: readonly Run[], id: string): Run | undefined {
  const one = runs.find((run) => run.id === id)
  if (one === undefined) return undefined
  const same = runs.filter((run) => isOfSame(run, one) && run.id !== id)
  return same.find((run) => setUpOf(run) !== setUpOf(one)) ?? same[0]
}

/** The newest two runs of one fault that differ in their set-up. */
export function pairOf<Run extends Comparable>(runs: readonly Run[]): readonly [Run, Run] | undefined {
  for (const run of runs) {
    const partner = partnerOf(runs, run.id)
    if (partner !== undefined && setUpOf(partner) !== setUpOf(run)) return [partner, run]
  }
  return undefined
}

/** What a run is called where there are several of one scenario. */
export function labelOf(run: Comparable): string {
  const { id, name, vmm, policy } = run
  const kernels = kernelsText(run)
  const decided = [policy, vmm === undefined ? undefined : `on ${vmm}`].filter((one) => one !== undefined).join(' ')
  const setUp = [decided, kernels === undefined ? '' : `Linux ${kernels}`].filter((one) => one !== '').join(', ')
  return `${setUp === '' ? '' : `${setUp}: `}${name} (${id})`
}

const setUpOf = ({ vmm, policy, linux, guestLinux }: Comparable): string =>
  JSON.stringify([vmm, policy, linux, guestLinux])

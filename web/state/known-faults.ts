import { signal } from '@preact/signals'
import { listScenarios, type ShippedScenario } from '../data/matrix.ts'
import type { RunSummary } from '../data/runs.ts'
import { sameFault, type SameFault } from '../model/same-fault.ts'
import { matrix, wantMatrix } from './matrix.ts'
import { runs } from './runs.ts'

/** Absent until they are here. */
const scenarios = signal<readonly ShippedScenario[] | undefined>(undefined)
let isAsked = false

/** Sees to it that what is known of faults is here, or will be. Without it nothing is said of other ends. */
export async function wantKnownFaults(): Promise<void> {
  if (isAsked) return
  isAsked = true
  try {
    const [found] = await Promise.all([listScenarios(), wantMatrix()])
    scenarios.value = found
  } catch {
    // It is asked for again with the next run that is opened.
    isAsked = false
  }
}

/** How the fault of a run has ended otherwise. */
export const knownOf = (run: RunSummary): SameFault | undefined =>
  sameFault(run, { runs: runs.value ?? [], matrix: matrix.value, scenarios: scenarios.value ?? [] })

import { POLICIES } from '../../services/policy/policies.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import type { Verdict } from '../../shared/trace/verdict.ts'
import type { NamedScenario } from './files.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import type { Answer, Job } from '../parallel/job.ts'
import { spread } from '../parallel/spread.ts'

/** A VMM with the policy that decides for it; one that asks nobody has none. */
export interface Column {
  readonly vmm: string
  readonly policy: string | undefined
  /** The policy also sees the exception that the hardware raised. */
  readonly sees?: true
}

export interface MatrixRow {
  readonly file: string
  readonly title: string
  readonly tags: readonly string[]
  /** One a column. */
  readonly cells: readonly Verdict[]
}

export interface Matrix {
  readonly columns: readonly Column[]
  readonly rows: readonly MatrixRow[]
  readonly runs: number
}

export const columnName = ({ vmm, policy, sees }: Column): string =>
  `${vmm}${policy === undefined ? '' : `/${policy}`}${sees ? '+exception' : ''}`

const ASKING = 'reference'

/**
 * What is compared: every VMM with every policy. Unless told otherwise that is the VMM that does nothing by itself with
 * each policy, and every other VMM as it is shipped.
 */
export function columnsOf(vmms?: readonly string[], policies?: readonly string[]): readonly Column[] {
  const names = vmms ?? Object.keys(PROFILES)
  return names.flatMap((vmm) => {
    const { asks, defaultPolicy } = PROFILES[vmm as ProfileName]
    if (asks === 'nobody') return [{ vmm, policy: undefined }]
    if (policies !== undefined) return policies.map((policy) => asked(vmm, policy))
    if (vmm === ASKING) return OWN_POLICIES.map((policy) => asked(vmm, policy))
    return [{ vmm, policy: defaultPolicy }]
  })
}

/** Policies that no shipped VMM stands for: those are columns of their own. */
const SHIPPED_AS = new Set<string>(Object.keys(PROFILES).flatMap((name) => [name, name.split('-')[0] ?? name]))
const OWN_POLICIES = [...POLICIES.keys()].filter((name) => !SHIPPED_AS.has(name))

/** Policies that answer by the hardware's exception; blind they would be another policy. */
const SEEING: ReadonlySet<string> = new Set(['mirror'])
const asked = (vmm: string, policy: string): Column =>
  SEEING.has(policy) ? { vmm, policy, sees: true } : { vmm, policy }

export function overridesOf({ vmm, policy, sees }: Column): Overrides {
  return { vmm, ...(policy === undefined ? {} : { policy }), ...(sees ? { exposeException: true } : {}) }
}

/**
 * Runs every scenario in every column, by whatever runs jobs. Where there is no VM all columns are one run. Throws CannotRun
 * for a service that is down.
 */
export async function runMatrix(
  scenarios: readonly NamedScenario[],
  columns: readonly Column[],
  more: Overrides = {},
  run: (jobs: readonly Job[]) => Promise<readonly Answer[]> = (jobs) => spread(jobs, () => undefined)
): Promise<Matrix> {
  const rows = scenarios.map(({ file, scenario }) => {
    const hasVm = scenario.processes === undefined || (scenario.vms ?? []).length > 0
    return { file, scenario, hasVm, own: hasVm ? columns : columns.slice(0, 1) }
  })
  const jobs = rows.flatMap(({ scenario, own }) =>
    own.map((column) => ({ scenario, overrides: { ...overridesOf(column), ...more }, asFarAsItGoes: true }))
  )
  const verdicts = (await run(jobs)).map((answer) => verdictIn(answer))
  const told = rows.map(({ file, scenario, hasVm, own }): MatrixRow => {
    const cells = verdicts.splice(0, own.length)
    const [only] = cells
    const all = hasVm || only === undefined ? cells : columns.map(() => only)
    return { file, title: scenario.title, tags: scenario.tags ?? [], cells: all }
  })
  return { columns, rows: told, runs: jobs.length }
}

/** A run that came to nothing, and why. */
export class CannotRun extends Error {
  readonly isServiceDown: boolean

  constructor(why: string, isServiceDown: boolean) {
    super(why)
    this.isServiceDown = isServiceDown
  }
}

/** Throws CannotRun. */
function verdictIn(answer: Answer): Verdict {
  if ('cannot' in answer) throw new CannotRun(answer.cannot, answer.because === 'service-down')
  return answer.result.cell
}

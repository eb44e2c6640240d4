import { misnamed, type Fault } from './fault.ts'
import { DEFAULT_TASKS, DEFAULT_VM } from './plan.ts'
import type { ScenarioFile } from './schema.ts'
import type { VmFile } from './schema-actors.ts'

/** Who is in a scenario, by name. */
export interface Cast {
  readonly vms: readonly string[]
  readonly tasks: readonly string[]
  readonly processes: readonly string[]
  /** A `message` of the file may make others, who have no name here. */
  readonly isOpen: boolean
}

export const nameOf = (one: string | { readonly name: string }) => (typeof one === 'string' ? one : one.name)
export const vmNameOf = ({ name }: VmFile, index: number) => name ?? `vm${index}`

/** The VMs of a file; one that has neither VMs nor processes has one. */
export const vmsOf = ({ vms, processes }: ScenarioFile): readonly VmFile[] =>
  vms ?? (processes === undefined ? [{ name: DEFAULT_VM }] : [])

export const tasksOf = ({ tasks }: VmFile) => tasks ?? DEFAULT_TASKS

export function castOf(file: ScenarioFile): Cast {
  const vms = vmsOf(file)
  return {
    vms: vms.map(vmNameOf),
    tasks: vms.flatMap((vm) => tasksOf(vm).map(nameOf)),
    processes: (file.processes ?? []).map(nameOf),
    isOpen: file.steps.some(({ message }) => message !== undefined)
  }
}

/** The fault of a name that nothing has. */
export function unknownName(
  path: Fault['path'],
  at: Fault['at'],
  what: string,
  name: string,
  known: readonly string[]
): readonly Fault[] {
  return known.includes(name)
    ? []
    : [misnamed({ path, at, rule: 'unknown-name' }, `there is no ${what} ${name}`, name, known)]
}

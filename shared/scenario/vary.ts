import type { ErrorException, Notification } from '../contracts/common.ts'
import type { ScenarioFile } from './schema.ts'
import type { VmFile } from './schema-actors.ts'
import type { StepFile } from './schema-step.ts'

/** What may be different about the fault of a scenario and about those who report it. */
export interface Variation {
  /** What the PE raises when the poison is consumed. */
  readonly exception?: ErrorException
  /** How firmware notifies the host of recoverable errors. */
  readonly notify?: Notification
  /** false: the error record has no address. */
  readonly addressValid?: boolean
  /** The guest kernels have the SEI patch that was never merged. */
  readonly sei?: boolean
}

/** Longer than the poll interval of a source and the kernel's rounding of it. */
const POLLED_AFTER = '2s'

/** The scenario as its file would be written with that difference. What it expects is left as it is. */
export function varied(file: ScenarioFile, { exception, notify, addressValid, sei }: Variation): ScenarioFile {
  const { machine, vms } = file
  const withNotify = notify && { machine: { ...machine, notify: { ...machine?.notify, recoverable: notify } } }
  const withSei = sei === undefined ? undefined : { vms: vmsOf(file, vms).map((vm) => patched(vm, sei)) }
  const steps = file.steps.map((step) => poisoned(step, exception, addressValid))
  return { ...file, ...withNotify, ...withSei, steps: notify === 'POLLED' ? awaited(steps) : steps }
}

/** The VMs of a file, with the one that a file without VMs and processes has. */
export const vmsOf = ({ processes }: ScenarioFile, vms: readonly VmFile[] | undefined): readonly VmFile[] =>
  vms ?? (processes === undefined ? [{}] : [])

const patched = (vm: VmFile, sei: boolean): VmFile => ({ ...vm, guest: { ...vm.guest, sei } })

function poisoned(step: StepFile, exception?: ErrorException, addressValid?: boolean): StepFile {
  const { poison } = step
  if (poison === undefined || (exception === undefined && addressValid === undefined)) return step
  const place = typeof poison === 'string' ? { task: poison } : poison
  const address = addressValid === undefined ? {} : { address: addressValid }
  return { poison: { ...place, ...(exception === undefined ? {} : { exception }), ...address } }
}

/** The first access after each poison is followed by time for the poll timer to fire, unless the file has it there. */
function awaited(steps: readonly StepFile[]): StepFile[] {
  let isPoisoned = false
  return steps.flatMap((step, index) => {
    if (step.poison !== undefined) isPoisoned = true
    if (!isPoisoned || step.touch === undefined) return [step]
    isPoisoned = false
    return steps[index + 1]?.wait === undefined ? [step, { wait: POLLED_AFTER }] : [step]
  })
}

import type { ErrorDataEntry } from '../../../shared/formats/error-data-entry.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'
import { cperEstatusPrint } from '../../../shared/linux/cper/cper-estatus-print.ts'
import { cperEstatusCheck } from '../../../shared/linux/cper/estatus.ts'
import type { KernelSetup } from '../../../shared/linux/kernel/create.ts'
import { block, ghesMachine } from '../apei/ghes-machine.ts'

/** What the kernel prints of a block, behind an empty prefix. */
export function printed(
  entries: readonly ErrorDataEntry[],
  setup: KernelSetup = {},
  severity: number = SEVERITY.recoverable
): string[] {
  const machine = ghesMachine(setup, { probe: false })
  const estatus = cperEstatusCheck(block(severity, entries))
  if (estatus === undefined) throw new Error('the block of this test is malformed')
  cperEstatusPrint(machine.k, '', estatus)
  return machine.lines()
}

/** The lines of one section behind those that say its severity and type. */
export const body = (entry: ErrorDataEntry, setup?: KernelSetup): string[] => printed([entry], setup).slice(3)

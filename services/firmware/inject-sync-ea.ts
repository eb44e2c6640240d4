import { exceptionTakeEl2 } from '../../shared/contracts/host-kernel.ts'
import { exceptionReturn, resumed } from '../../shared/contracts/hardware.ts'
import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import type { Io } from '../../shared/model/io.ts'
import { delegatedSyndrome } from './delegated-syndrome.ts'

/**
 * inject_sync_ea64(): EL3 returns into the vector of the level whose exception the abort is made. A guest runs without
 * HCR_EL2.TGE, so that its abort goes to its own EL1 and no hypervisor sees it; of a host process (EL0 with TGE) and of the
 * host kernel EL2 takes it. The syndrome is copied.
 *
 * Spec: TF-A integration branch of 2026-08, bl31/bl31_traps.c, inject_sync_ea64, target_el_sync_ea.
 * Fidelity: exact for a host with VHE that sets HCR_EL2.TEA; FAR is passed on as it is, and PFAR is omitted.
 */
export function injectSyncEa(taken: ExceptionTaken, io: Io): void {
  const { interrupted, exception } = taken
  const { esr, far } = delegatedSyndrome(taken, 'SEA')
  const valid = far === undefined ? {} : { far }
  if (interrupted.vm !== undefined) {
    io.command(exceptionReturn, { ...resumed(interrupted), injected: { esr, ...valid } })
    return
  }
  io.send(exceptionTakeEl2, { exception, el: 2, esr, ...valid, interrupted })
}

import { exceptionTakeEl2 } from '../../shared/contracts/host-kernel.ts'
import { vcpuEnter, type VcpuEnter } from '../../shared/contracts/guest.ts'
import type { ExceptionTaken, Interrupted } from '../../shared/contracts/common.ts'
import { peUnmodelled } from '../../shared/contracts/notes/hardware.ts'
import type { Io } from '../../shared/model/io.ts'
import { exceptionPstate, exceptionVector } from '../../shared/linux/kvm/enter-exception.ts'
import { serrorMasked } from '../../shared/linux/kvm/pstate.ts'
import { seaSyndrome, serrorSyndrome, stage2FaultSyndrome } from './exception-syndrome.ts'
import type { Execution } from './execute.ts'
import { PAGE_SIZE } from '../../shared/sparse/page-map.ts'
import { rasRecord } from './ras-node.ts'

type ErrorExecution = Extract<Execution, { kind: 'SEA' | 'SError' }>

/**
 * The guest's access misses in stage 2: EL2 takes it, with the page of the IPA as HPFAR_EL2 gives it.
 *
 * Spec: Arm DDI 0487, HPFAR_EL2, FAR_EL2.
 * Fidelity: exact for the fields carried.
 */
export function takeStage2Fault(access: Interrupted, io: Io): void {
  const taken: ExceptionTaken = {
    exception: 'stage-2-fault',
    el: 2,
    esr: stage2FaultSyndrome(access),
    far: access.virtual,
    guestPhysical: access.physical & ~(PAGE_SIZE - 1n),
    interrupted: access
  }
  io.send(exceptionTakeEl2, taken)
}

/** An error is taken as an exception to the level that routing says, with what the RAS node recorded. */
export function takeError(access: Interrupted, execution: ErrorExecution, io: Io): void {
  const { kind, route, error } = execution
  if (route.el === access.el && kind === 'SError' && serrorMasked(access.pstate)) {
    io.note(peUnmodelled, {
      because: 'PSTATE.A masks this SError at its own exception level; it is taken at once all the same',
      pstate: access.pstate
    })
  }
  const far = kind === 'SEA' ? access.virtual : undefined
  const esr = kind === 'SError' && error !== undefined ? serrorSyndrome(error) : seaSyndrome(access, route.el, error)
  if (route.take === undefined) return enterGuest(access, kind, { esr, ...(far === undefined ? {} : { far }) }, io)
  const taken: ExceptionTaken = {
    exception: kind,
    el: route.el,
    esr,
    ...(far === undefined ? {} : { far }),
    interrupted: access,
    ...(error === undefined ? {} : { record: rasRecord(error, 'consumed') })
  }
  io.send(route.take, taken)
}

/**
 * The guest's own EL1 takes the exception; no hypervisor sees it.
 *
 * Spec: Arm DDI 0487, AArch64.TakeException.
 * Fidelity: approximates. VBAR_EL1 is not known here: `pc` is the offset of the vector from it. SCTLR_EL1 is taken to be 0.
 * FAR_EL1 of an SError, which has none, is 0.
 */
export function enterGuest(
  access: Interrupted,
  kind: 'SEA' | 'SError',
  { esr, far = 0n }: { readonly esr: bigint; readonly far?: bigint | undefined },
  io: Io
): void {
  const vector = exceptionVector(access.pstate, kind === 'SEA' ? 'except_type_sync' : 'except_type_serror')
  const entry: VcpuEnter = {
    vm: access.vm ?? '',
    vcpu: access.vcpu ?? 0,
    pc: BigInt(vector),
    pstate: exceptionPstate(access.pstate, 0n),
    exception: {
      vector,
      esr_el1: esr,
      far_el1: far,
      elr_el1: access.pc,
      spsr_el1: access.pstate
    }
  }
  io.send(vcpuEnter, entry)
}

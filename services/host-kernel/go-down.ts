import type { Static } from 'typebox'
import { guestDestroy } from '../../shared/contracts/guest.ts'
import { peHalt, stage2Unmap } from '../../shared/contracts/hardware.ts'
import { hostDown } from '../../shared/contracts/vmm.ts'
import type { Io } from '../../shared/model/io.ts'
import type { HostVm } from './state.ts'

type Because = Static<typeof hostDown.data>['because']

const WHY: Readonly<Record<Because, string>> = {
  'kernel-panicked': 'the host kernel has panicked',
  rebooted: 'the host was rebooted',
  'platform-halted': 'firmware has stopped the platform'
}

/**
 * What ran on this kernel runs no more: its VMs, and the VMMs that are processes of it. On a real machine nobody is told;
 * here the layers above are services of their own, and would run on.
 *
 * Spec: Linux 6.1, kernel/panic.c, panic (smp_send_stop).
 * Fidelity: exact for that nothing runs on. That a layer hears of it is a matter of the model.
 */
export function goDown(vms: Iterable<HostVm>, because: Because, io: Io): void {
  let hasVms = false
  for (const { name } of vms) {
    hasVms = true
    io.send(guestDestroy, { vm: name, because: WHY[because] })
  }
  if (hasVms) io.send(hostDown, { because })
  io.ask(peHalt, {})
}

/** A machine that starts anew has no stage 2 tables. */
export function dropStage2(vms: Iterable<HostVm>, io: Io): void {
  for (const { name, kvm } of vms) {
    for (const { guestPhysical, length } of kvm.slots) io.command(stage2Unmap, { vm: name, guestPhysical, length })
  }
}

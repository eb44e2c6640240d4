import { processRemap } from '../../../shared/contracts/host-kernel.ts'
import type { Decision } from '../../../shared/contracts/policy.ts'
import { memoryReplaced } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Io } from '../../../shared/model/io.ts'
import { endVm, EXIT_FAILURE } from '../end-vm.ts'
import { injectSea } from '../telling/inject-sea.ts'
import { injectSerror } from '../telling/inject-serror.ts'
import { ioctl, raiseErrorInterrupt, resume } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import { sourceFor } from '../telling/source-kinds.ts'
import type { MemoryError, Vm } from '../state.ts'
import { writeOrDrop } from '../telling/write-record.ts'

type Act = (vm: Vm, error: MemoryError, decision: Decision, io: Io) => Vm

/** What each action does. The vCPU that waits for a decision runs again, unless the action ends the VM. */
const ACTS: Readonly<Record<Decision['action'], Act>> = {
  'inject-sea': injectSea,
  'inject-serror': injectSerror,
  'notify-interrupt': notifyInterrupt,
  'notify-poll': notifyPoll,
  ignore: (vm, error, _decision, io) => resume(vm, error.vcpu, io),
  remap,
  'stop-vm': (vm, _error, { because }, io) => endVm(vm, 'stopped', because, io, EXIT_FAILURE),
  'kill-vmm': (vm, _error, { because }, io) => endVm(vm, 'killed', because, io, PROFILES[vm.profile].death)
}

export function act(vm: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  return ACTS[decision.action](vm, error, decision, io)
}

/**
 * The record is in place before the interrupt says so.
 *
 * Spec: QEMU 10.2 hw/arm/virt.c, virt_generic_error_req; hw/acpi/generic_event_device.c (an edge on the GED's interrupt).
 * Fidelity: approximates. A real GED also latches why it interrupts, and its _EVT asks.
 */
function notifyInterrupt(before: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  const source = sourceFor(before.sources, decision)
  if (source === undefined) return resume(before, error.vcpu, io)
  const { vm, written } = writeOrDrop(before, source, error, io)
  return resume(written ? raiseErrorInterrupt(vm, io) : vm, error.vcpu, io)
}

function notifyPoll(before: Vm, error: MemoryError, decision: Decision, io: Io): Vm {
  const source = sourceFor(before.sources, decision)
  const vm = source === undefined ? before : writeOrDrop(before, source, error, io).vm
  return resume(vm, error.vcpu, io)
}

/**
 * Fresh memory in place of the lost extent: the guest reads zeroes and is told nothing.
 *
 * Spec: QEMU 10.0 system/physmem.c, qemu_ram_remap (which does it at reset).
 * Fidelity: approximates. Ours does it while the guest runs, which is why a policy should think twice.
 */
function remap(vm: Vm, error: MemoryError, _decision: Decision, io: Io): Vm {
  const extent = error.place?.extent
  if (extent === undefined) return resume(vm, error.vcpu, io)
  const { hostVirtual, length, guestPhysical } = extent
  const worked = ioctl(io, vm.name, processRemap, { pid: vm.pid, hostVirtual, length, backing: vm.backing })
  if (!worked) return endVm(vm, 'failed', 'the lost memory could not be replaced', io, EXIT_FAILURE)
  io.note(memoryReplaced, { vm: vm.name, guestPhysical, length })
  const poisoned = vm.poisoned.filter(
    (entry) => entry.guestPhysical < guestPhysical || entry.guestPhysical >= guestPhysical + length
  )
  return resume({ ...vm, poisoned }, error.vcpu, io)
}

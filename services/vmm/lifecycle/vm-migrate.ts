import { processRead } from '../../../shared/contracts/host-kernel.ts'
import type { vmMigrate } from '../../../shared/contracts/vmm.ts'
import { vmMigrationFailed } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Answering, Said } from '../../../shared/model/io.ts'
import { endVm, EXIT_SUCCESS } from '../end-vm.ts'
import { ask, kickAll } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'

/**
 * Migrates a VM away. Whatever is listed as lost blocks it; what is not listed is found by the thread that reads all of
 * guest memory, and the signal it gets is the host's affair.
 *
 * Spec: QEMU 9.0 and later, migration/migration.c, migrate_prepare (kvm_hwpoisoned_mem); cloud-hypervisor has no such test.
 * Fidelity: approximates. Memory is read once; nothing arrives anywhere.
 */
export function migrateVm(vm: Vm, _: unknown, io: Answering<typeof vmMigrate>): readonly [Said, Vm] {
  const { migration } = PROFILES[vm.profile]
  if (migration === 'none') io.refuse('request-unsupported', `${vm.profile} does not migrate VMs`)
  if (vm.run !== 'running') io.refuse('vm-state', `VM ${vm.name} is ${vm.run}`)
  if (migration === 'guarded' && vm.poisoned.length > 0) {
    const detail = `VM ${vm.name} has ${vm.poisoned.length} poisoned pages; reboot the VM and try again`
    io.refuse('vm-state', detail)
  }
  for (const { hostVirtual, length } of vm.slots) {
    const request = { pid: vm.pid, tid: vm.worker, hostVirtual, length }
    const read = ask(io, vm.name, processRead, request)?.read
    if (read === length) continue
    const because = `only ${read ?? 0n} of ${length} bytes could be read`
    io.note(vmMigrationFailed, { vm: vm.name, because })
    return [io.answer({ migrated: false, because }), vm]
  }
  const said = io.answer({ migrated: true, because: 'all memory has been read' })
  return [said, endVm(kickAll(vm, io), 'migrated', 'the VM runs elsewhere now', io, EXIT_SUCCESS)]
}

import { guestForget } from '../../../shared/contracts/guest.ts'
import type { DataOf } from '../../../shared/contracts/message.ts'
import type { vmDelete } from '../../../shared/contracts/vmm.ts'
import type { Answering, Said } from '../../../shared/model/io.ts'
import { kickAll } from '../calls.ts'
import { endVm, EXIT_SUCCESS } from '../end-vm.ts'
import { isOver, type VmmState } from '../state.ts'

/** Ends a VM that has not ended yet, and forgets it everywhere: KVM with its process, the guest when that is told. */
export function deleteVm(
  state: VmmState,
  { vm: name }: DataOf<typeof vmDelete>,
  io: Answering<typeof vmDelete>
): readonly [Said, VmmState] {
  const vm = state.vms.get(name) ?? io.refuse('vm-unknown', `no VM ${name}`, '/vm')
  if (!isOver(vm)) endVm(kickAll({ ...vm, run: 'running' }, io), 'stopped', 'it was deleted', io, EXIT_SUCCESS)
  io.send(guestForget, { vm: name })
  const vms = new Map(state.vms)
  vms.delete(name)
  return [io.answer({}), { vms, forgotten: (state.forgotten ?? 0) + 1 }]
}

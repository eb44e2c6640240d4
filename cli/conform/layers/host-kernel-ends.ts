import { guestDestroy } from '../../../shared/contracts/guest.ts'
import { platformHalt, processExit } from '../../../shared/contracts/host-kernel.ts'
import { EXIT_REASON, kvmKick, vcpuExit } from '../../../shared/contracts/kvm.ts'
import { kvmExit } from '../../../shared/contracts/vmm.ts'
import type { Check } from '../check.ts'
import { refused } from '../general.ts'
import { TID, VCPU, vmOf } from './vm-of-kernel.ts'

/** What the contract asks of a kernel when a guest, the process of a VM or the platform ends. */
export const END_CHECKS: readonly Check[] = [
  {
    name: 'end-of-the-guest-is-an-exit',
    about: 'a guest that panics leaves KVM_RUN with KVM_EXIT_SYSTEM_EVENT, which says so',
    async run(scene) {
      await vmOf(scene)
      await scene.tell(vcpuExit, { ...VCPU, reason: 'panic' })
      const { ret, exitReason, systemEvent } = await scene.next(kvmExit)
      scene.same(
        { ret, exitReason, systemEvent },
        { ret: 0, exitReason: EXIT_REASON.KVM_EXIT_SYSTEM_EVENT, systemEvent: 'panic' },
        'kvm.exit'
      )
    }
  },
  {
    name: 'process-takes-its-vm-along',
    about: 'when the process of a VM ends, its guest is destroyed and KVM knows the VM no more',
    async run(scene) {
      await vmOf(scene)
      await scene.tell(processExit, { pid: TID.main, code: 1 })
      scene.same((await scene.next(guestDestroy)).vm, VCPU.vm, 'the VM of guest.destroy')
      refused('kvm.kick of a VM that is gone', await scene.send(kvmKick, VCPU))
    }
  },
  {
    name: 'halted-platform-runs-nothing',
    about: 'after platform.halt guests are destroyed and everything is refused with a problem',
    async run(scene) {
      await vmOf(scene)
      await scene.tell(platformHalt, { because: 'ESR_EL3 0xbe000011 is uncontainable' })
      await scene.next(guestDestroy)
      refused('kvm.kick after platform.halt', await scene.send(kvmKick, VCPU))
    }
  }
]

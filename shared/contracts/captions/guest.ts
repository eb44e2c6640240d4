import { hex } from '../../formats/hex.ts'
import { counted, optional, who, wordOrCount } from '../sentence.ts'
import {
  accessCompleteGuest,
  guestCreate,
  guestDestroy,
  guestForget,
  guestMemoryRead,
  guestMemoryWrite,
  guestReset,
  taskAccess,
  taskCreate,
  vcpuEnter,
  vcpuInterrupt,
  vcpuStop
} from '../guest.ts'
import { caption } from './message-caption.ts'
import { vectorNotice } from './notices.ts'

/** Messages to guests. What the host kernel sends to a guest is KVM's doing. */
const byKvm = { from: 'kvm' } as const

export const GUEST_CAPTIONS = [
  caption(guestCreate, { level: 'detail', says: ({ vm, vcpus }) => `${vm} with ${counted(vcpus, 'vCPU')}` }),
  caption(guestReset, { level: 'detail', says: ({ vm }) => `a cold start of ${vm}` }),
  caption(guestDestroy, {
    level: 'story',
    mark: 'end',
    lanes: byKvm,
    says: ({ vm, because }) => `${vm} is gone${optional(': ', because)}`
  }),
  caption(guestForget, { level: 'detail', says: ({ vm }) => `nobody asks about ${vm} any more` }),
  caption(guestMemoryRead, { level: 'detail', says: (d) => `reads ${d.length} bytes at ${d.guestPhysical}` }),
  caption(guestMemoryWrite, { level: 'story', says: (d) => `writes ${wordOrCount(d.bytes)} at ${d.guestPhysical}` }),
  caption(vcpuEnter, {
    level: 'story',
    mark: ({ exception }) => (exception === undefined ? 'call' : 'guest-notification'),
    rule: ({ exception }) =>
      exception === undefined ? undefined : 'shared/linux/kvm/enter-exception.ts#enterException',
    lanes: byKvm,
    notice: ({ exception }) => exception && vectorNotice(exception),
    says: ({ pc, exception: e }) =>
      `guest enters at PC ${pc}${
        e === undefined
          ? ''
          : `, exception at VBAR_EL1 + ${hex(e.vector)}: ESR_EL1 ${e.esr_el1} FAR_EL1 ${e.far_el1} ELR_EL1 ${e.elr_el1}`
      }`
  }),
  caption(vcpuStop, { level: 'detail', lanes: byKvm, says: ({ vm, vcpu }) => `${vm}/vcpu${vcpu} runs no more` }),
  caption(vcpuInterrupt, {
    level: 'story',
    mark: 'guest-notification',
    lanes: byKvm,
    notice: ({ intid }) => ({ by: `interrupt ${intid}` }),
    says: ({ intid, vcpu }) => `INTID ${intid} presented to vCPU ${vcpu}`
  }),
  caption(accessCompleteGuest, {
    level: 'story',
    says: ({ access }) => `access of ${who(access)} completed with good data`
  }),
  caption(taskCreate, {
    level: 'detail',
    says: ({ vm, pid, comm }) => `task ${comm}, pid ${pid}${optional(' of ', vm)}`
  }),
  caption(taskAccess, {
    level: 'story',
    says: ({ pid, access, guestVirtual }) => `task ${pid} will ${access} VA ${guestVirtual}`
  })
]

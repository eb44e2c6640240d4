import { policyDecide } from '../policy.ts'
import { FIRMWARE_CAPTIONS } from './firmware.ts'
import { GUEST_CAPTIONS } from './guest.ts'
import { HARDWARE_CAPTIONS } from './hardware.ts'
import { HOST_KERNEL_CAPTIONS } from './host-kernel.ts'
import { KVM_CAPTIONS } from './kvm.ts'
import { caption, type MessageCaption } from './message-caption.ts'
import { SYSTEM_CALL_CAPTIONS } from './system-calls.ts'
import { VMM_CAPTIONS } from './vmm.ts'

/** The boundary with the policy has one message. */
const POLICY_CAPTIONS = [
  caption(policyDecide, {
    level: 'story',
    mark: 'policy',
    says: ({ signal }) => `what now? ${JSON.stringify(signal)}`
  })
]

/** What is told of every message; a test holds it to the registry of the messages. */
export const CAPTIONS: readonly MessageCaption[] = [
  ...HARDWARE_CAPTIONS,
  ...FIRMWARE_CAPTIONS,
  ...HOST_KERNEL_CAPTIONS,
  ...SYSTEM_CALL_CAPTIONS,
  ...KVM_CAPTIONS,
  ...VMM_CAPTIONS,
  ...POLICY_CAPTIONS,
  ...GUEST_CAPTIONS
]

const BY_KEY: ReadonlyMap<string, MessageCaption> = new Map(
  CAPTIONS.map((one) => [`${one.message.to} ${one.message.type}`, one] as const)
)

/** What is told of a message that a layer accepts, or undefined. */
export function messageCaption(to: string, type: string): MessageCaption | undefined {
  return BY_KEY.get(`${to} ${type}`)
}

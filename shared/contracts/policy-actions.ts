/**
 * What a policy may answer, and what a VMM does then: said once, for the schema of an answer, the documents and the command
 * line. Nothing here is read by a model.
 */

/** Every action, and what the VMM does upon it. */
export const ACTION_MEANINGS = {
  'inject-sea':
    'a synchronous external abort into the vCPU whose access failed, behind an error record unless `record` is false: the guest isolates the page and kills the task that consumed the error. A record waits until the guest has acknowledged the one before, and the vCPU waits with it',
  'inject-serror':
    'a virtual SError with the syndrome `esr` into that vCPU, or into vCPU 0 where none is named, with a record where the guest has a source of type SEI: mainline Linux reads no record for it and panics unless the syndrome says that it need not',
  'notify-interrupt':
    'an error record, then an edge on the interrupt of its error device, for a source of type GPIO, GSIV, SCI or EXTERNAL: the guest isolates the page before anybody touches it. The record is dropped while the one before is not acknowledged',
  'notify-poll':
    'an error record in a polled source, which the guest reads when it looks there next. It is dropped while the one before is not acknowledged',
  ignore:
    'nothing: the guest is not told, and the vCPU goes on. An access that failed is made again, and fails again with the same signal',
  remap:
    'fresh memory in place of what is lost: the guest reads zeroes there and is not told, so that it goes on with wrong data',
  'stop-vm': 'the end of the VM, as whoever manages it would end it: its process exits with 1, the guest is not told',
  'kill-vmm':
    "the end of the VMM's process as this VMM dies of a memory error: by SIGBUS, abort() or an exit code of its own. The VM is lost with it"
} as const satisfies Readonly<Record<string, string>>

export type Action = keyof typeof ACTION_MEANINGS
export const ACTIONS = Object.keys(ACTION_MEANINGS) as readonly Action[]

/**
 * The rules that an answer is held against, in this order; the first that it breaks is named in the journal
 * (`decision.refused`), and the fallback stands for the answer.
 */
export const DECISION_RULE_MEANINGS = {
  'answer-is-a-decision':
    'the answer is an object with an `action` and a `because`, and its other fields have their types',
  'action-known': '`action` is one of those that there are',
  'sea-needs-a-faulting-vcpu-access':
    'inject-sea needs a `vcpu` whose access failed: BUS_MCEERR_AR in RAM of the guest, or KVM_EXIT_ARM_SEA',
  'serror-iss-is-25-bits': 'the `esr` of inject-serror has bits 24:0 alone',
  'notification-needs-a-guest-address':
    'notify-interrupt and notify-poll need a `guest.guestPhysical`: a record names it',
  'interrupt-needs-a-source':
    'notify-interrupt needs a source of type GPIO, GSIV, SCI or EXTERNAL; `source`, where it is said, is one of these',
  'poll-needs-a-source': 'notify-poll needs a source of type POLLED; `source`, where it is said, is one of these',
  'record-fits-its-source':
    'the `source` of inject-sea is of type SEA and that of inject-serror of type SEI, unless `record` is false',
  'remap-needs-guest-ram': 'remap needs an address in RAM of the guest (`guest.inRam`)'
} as const satisfies Readonly<Record<string, string>>

export type DecisionRuleName = keyof typeof DECISION_RULE_MEANINGS

/** What a VMM does without an answer that can be used, by what it was told of. `fallback` of a VM stands before these. */
export const HARMLESS = {
  BUS_MCEERR_AO: 'ignore',
  'BUS_MCEERR_AR in RAM of the guest, KVM_EXIT_ARM_SEA': 'inject-sea',
  'BUS_MCEERR_AR anywhere else': 'kill-vmm'
} as const satisfies Readonly<Record<string, Action>>

/** A table of words as the description of a schema has it. */
export const listed = (meanings: Readonly<Record<string, string>>): string =>
  Object.entries(meanings)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}.`)
    .join('\n')

import { NOT_THE_GUEST } from './not-the-guest.ts'
import { readySource, type Policy, type Rule } from './rule.ts'

const always: Rule = (question) => {
  const source = question.guest.inRam ? readySource(question, ['POLLED']) : undefined
  return source === undefined
    ? undefined
    : {
        action: 'notify-poll',
        source: source.source,
        because: `this policy leaves every record in source ${source.source} for the guest to find when it polls`
      }
}

const busy: Rule = () => ({ action: 'ignore', because: 'no polled source of the guest can take a record of this now' })

/**
 * Every error in guest memory is left for the guest to poll, also one that a vCPU has just consumed.
 *
 * Spec: docs/story.md S1, S9; ACPI 6.5, 18.3.2.9 (Polled).
 * Fidelity: exact for the choice, which is ours: nobody ships it.
 */
export const poll: Policy = {
  summary: 'always a polled record, also for an access that cannot go on',
  rules: [...NOT_THE_GUEST, always, busy]
}

import { NOT_THE_GUEST } from './not-the-guest.ts'
import { readySource, type Policy, type Rule } from './rule.ts'

const INTERRUPTS = ['GPIO', 'GSIV', 'SCI', 'EXTERNAL'] as const

const always: Rule = (question) => {
  const source = question.guest.inRam ? readySource(question, INTERRUPTS) : undefined
  return source === undefined
    ? undefined
    : {
        action: 'notify-interrupt',
        source: source.source,
        because: `this policy tells every error by interrupt, through source ${source.source} (${source.notify})`
      }
}

const busy: Rule = () => ({
  action: 'ignore',
  because: 'no interrupt source of the guest can take a record of this now'
})

/**
 * Every error in guest memory is told by interrupt, also one that a vCPU has just consumed.
 *
 * Spec: docs/story.md S1, S9; ACPI 6.5, 18.3.2.9 (GSIV, GPIO-Signal).
 * Fidelity: exact for the choice, which is ours: nobody ships it.
 */
export const interrupt: Policy = {
  summary: 'always an interrupt, also for an access that cannot go on',
  rules: [...NOT_THE_GUEST, always, busy]
}

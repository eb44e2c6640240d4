import { MORSE_RULES } from './morse.ts'
import { NOT_THE_GUEST } from './not-the-guest.ts'
import type { Policy, Rule } from './rule.ts'

/** ISS of an ESR: bits 24:0. */
const ISS_MASK = 0x1ff_ffffn

const serror: Rule = ({ hardwareException }) =>
  hardwareException?.kind === 'SError'
    ? {
        action: 'inject-serror',
        esr: hardwareException.esr & ISS_MASK,
        because: 'the hardware raised an SError, so the guest gets an SError with the same syndrome'
      }
    : undefined

const sea: Rule = ({ hardwareException, vcpu }) =>
  hardwareException?.kind === 'SEA' && vcpu !== undefined
    ? {
        action: 'inject-sea',
        record: true,
        because: 'the hardware raised a synchronous external abort, so the guest gets one'
      }
    : undefined

/** There is nothing to mirror: an action optional report has no faulting access, or the host told no exception. */
const likeMorse: Rule = (question) => {
  const decision = MORSE_RULES.map((rule) => rule(question)).find((answer) => answer !== undefined)
  if (decision === undefined) return undefined
  const why =
    question.hardwareException === undefined
      ? 'the host does not tell what the hardware raised'
      : 'no vCPU faulted that could take the same exception'
  return { ...decision, because: `${why}, so as morse: ${decision.because}` }
}

/**
 * The guest is told by the kind of exception the hardware raised.
 *
 * Spec: linux-arm-kernel, the same thread, gengdongjiu; kvmarm, April 2017 (SEA to SEA, SEI to SEI, IRQ to IRQ).
 * Fidelity: approximates. The series also told fatal from recoverable syndromes in the host before it asked the VMM.
 */
export const mirror: Policy = {
  summary: 'what the hardware raised: SEA for SEA, SError for SError; as morse where that is not known',
  rules: [...NOT_THE_GUEST, serror, sea, likeMorse]
}

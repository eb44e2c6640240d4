import { NOT_THE_GUEST } from './not-the-guest.ts'
import { isActionOptional, isActionRequired, isSeaExit, type Policy, type Rule } from './rule.ts'

/** AET UER (recoverable, bits 12:10 = 3), DFSC 0x11 (asynchronous SError). */
const ISS_RECOVERABLE = 0xc11n

const required: Rule = (question) =>
  isActionRequired(question) || isSeaExit(question)
    ? {
        action: 'inject-serror',
        esr: ISS_RECOVERABLE,
        because: 'this policy tells every consumed error as a recoverable SError'
      }
    : undefined

const optional: Rule = (question) =>
  isActionOptional(question)
    ? { action: 'ignore', because: 'this policy leaves action optional reports alone' }
    : undefined

/**
 * The counter-example of the thread: whatever happened, the guest gets an SError.
 *
 * Spec: Arm ARM DDI 0487, ESR_ELx ISS encoding for an SError interrupt (AET, DFSC).
 * Fidelity: exact for the syndrome; the choice is ours.
 */
export const sei: Policy = {
  summary: 'always an SError; mainline guests panic on it',
  rules: [...NOT_THE_GUEST, required, optional]
}

import { NOT_THE_GUEST } from './not-the-guest.ts'
import { isActionOptional, isActionRequired, isSeaExit, readySource, type Policy, type Rule } from './rule.ts'

/** What the guest hears by interrupt: the GED and GPIO kinds end in the same PNP0C33 notification. */
const INTERRUPTS = ['GPIO', 'GSIV', 'SCI', 'EXTERNAL'] as const

const required: Rule = (question) =>
  isActionRequired(question)
    ? {
        action: 'inject-sea',
        record: true,
        because: 'a guest access hit a page that is gone; a synchronous external abort describes just that'
      }
    : undefined

/** An access failed too, but nobody has taken the page away: a record is right where one can name it. */
const leftToUs: Rule = (question) =>
  isSeaExit(question)
    ? {
        action: 'inject-sea',
        record: question.guest.inRam,
        because: 'a guest access was aborted and the host did not claim it; the guest can be told just that'
      }
    : undefined

const byInterrupt: Rule = (question) => {
  const source = isActionOptional(question) ? readySource(question, INTERRUPTS) : undefined
  return source === undefined
    ? undefined
    : {
        action: 'notify-interrupt',
        source: source.source,
        because: `nobody has consumed the error; source ${source.source} (${source.notify}) tells the guest in time`
      }
}

const byPoll: Rule = (question) => {
  const source = isActionOptional(question) ? readySource(question, ['POLLED']) : undefined
  return source === undefined
    ? undefined
    : {
        action: 'notify-poll',
        source: source.source,
        because: `no interrupt source can take a record; the guest polls source ${source.source}`
      }
}

const optional: Rule = (question) =>
  isActionOptional(question)
    ? { action: 'ignore', because: 'no source can take a record, and an action optional report may be left alone' }
    : undefined

/** The rules for errors in guest RAM; `mirror` falls back on them. */
export const MORSE_RULES = [required, leftToUs, byInterrupt, byPoll, optional] as const

/**
 * The VMM tells its guest as suits the guest, whatever the hardware raised and firmware chose.
 *
 * Spec: linux-arm-kernel, "[PATCH v6 6/7] KVM: arm64: allow get exception information from userspace", September 2017,
 * James Morse.
 * Fidelity: exact for the choice by signal code; the order interrupt, poll, nothing is ours.
 */
export const morse: Policy = {
  summary: 'action required becomes an SEA, action optional an interrupt or a polled record',
  rules: [...NOT_THE_GUEST, ...MORSE_RULES]
}

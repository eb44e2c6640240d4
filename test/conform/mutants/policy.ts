import type { Decision, Question } from '../../../shared/contracts/policy.ts'

/** Our policy service with one fault in its answers. */
export interface PolicyMutant {
  readonly what: string
  readonly breaks: readonly string[]
  /** What is answered in place of a decision; `nth` counts the questions. */
  readonly answer?: (decision: Decision, asked: Question, nth: number) => unknown
  /** What is answered in place of a refusal: status, type, body. */
  readonly refusal?: readonly [status: number, type: string, body: string]
  /** Nothing is answered any more after so many questions. */
  readonly silentAfter?: number
}

const isOptional = ({ signal }: Question) => signal.code === 'BUS_MCEERR_AO'

export const POLICY_MUTANTS: readonly PolicyMutant[] = [
  {
    what: 'an SEA for what nobody has accessed',
    breaks: ['no-forbidden-answer'],
    answer: (decision, asked) => (isOptional(asked) ? { ...decision, action: 'inject-sea' } : decision)
  },
  {
    what: 'an interrupt where the guest has no such source',
    breaks: ['no-forbidden-answer'],
    answer: (decision, { sources }) => (sources.length === 0 ? { ...decision, action: 'notify-interrupt' } : decision)
  },
  {
    what: 'a source that the guest does not read for that',
    breaks: ['no-forbidden-answer'],
    answer: (decision) => (decision.action === 'inject-sea' ? { ...decision, source: 4711 } : decision)
  },
  {
    what: 'a syndrome of more than 25 bits',
    breaks: ['no-forbidden-answer'],
    answer: (decision) => ({ ...decision, action: 'inject-serror', esr: '0xbe000c11' })
  },
  {
    what: 'an action that there is not',
    breaks: ['answers-are-decisions'],
    answer: (decision) => ({ ...decision, action: 'pray' })
  },
  {
    what: 'no reason',
    breaks: ['answers-are-decisions'],
    answer: ({ action }) => ({ action })
  },
  {
    what: 'a field that no decision has',
    breaks: ['answers-are-decisions'],
    answer: (decision) => ({ ...decision, confidence: 0.9 })
  },
  { what: 'no JSON', breaks: ['answers-are-decisions', 'still-there'], answer: () => 'inject-sea' },
  {
    what: 'another answer to the same question',
    breaks: ['same-question-same-answer'],
    answer: (decision, _, nth) => ({ ...decision, because: `the ${nth}th time` })
  },
  { what: 'a crash on what is no question', breaks: ['malformed-is-a-problem'], refusal: [500, 'text/plain', 'oops'] },
  {
    what: 'a refusal that is no problem',
    breaks: ['malformed-is-a-problem'],
    refusal: [422, 'application/json', '{"error":"no"}']
  },
  {
    what: 'a decision about what is no question',
    breaks: ['malformed-is-a-problem'],
    refusal: [200, 'application/json', '{"action":"ignore","because":"whatever it was"}']
  },
  { what: 'silence after forty questions', breaks: ['still-there'], silentAfter: 40 }
]

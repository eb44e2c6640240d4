import { PROBLEM_MEDIA_TYPE } from '../../shared/contracts/problem.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'
import { NotALayer, ServiceDown, type RuleResult } from './check.ts'
import { PolicyConversation, shortened, type ConformOptions, type Exchange } from './policy-conversation.ts'
import { askRound, isSilent, POLICY_RULES } from './policy-rules.ts'

/** The rule that silence breaks. */
const IN_TIME = 'answers-in-time'

/**
 * Checks a policy service, rule by rule. Throws ServiceDown when there is nobody at that address, NotALayer when it is something
 * else. Of a service that takes questions and answers none, the one rule that this breaks is said, and no other is tried.
 */
export async function conformPolicy(url: string, options: ConformOptions): Promise<readonly RuleResult[]> {
  const talk = new PolicyConversation(url, options)
  const isThere = { method: 'OPTIONS', signal: AbortSignal.timeout(talk.giveUpMs) }
  await fetch(talk.target, isThere).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'TimeoutError') return
    throw new ServiceDown(`${url} cannot be reached: ${whyUnreached(error)}`)
  })
  const round = await askRound(talk)
  if (isSilent(round)) return silence(round)
  await requirePolicy(talk, round)
  const results: RuleResult[] = []
  for (const [rule, { about, check }] of Object.entries(POLICY_RULES)) {
    results.push({ rule, about, broken: await check(talk, round) })
  }
  return results
}

function silence(round: readonly Exchange[]): readonly RuleResult[] {
  const broken = round.flatMap(({ name, response }) => (typeof response === 'string' ? [`${name}: ${response}`] : []))
  return Object.entries(POLICY_RULES).map(([rule, { about }]) =>
    rule === IN_TIME ? { rule, about, broken } : { rule, about, broken: [], skipped: 'no question was answered' }
  )
}

/** Throws NotALayer when nothing is there that could be checked: no question is answered, or everything is. */
async function requirePolicy(talk: PolicyConversation, round: readonly Exchange[]): Promise<void> {
  const nowhere = await talk.nowhere()
  if (typeof nowhere !== 'string' && nowhere.status < 400) {
    throw new NotALayer(
      `it is no policy: a path that no contract has is answered ${nowhere.status} ${shortened(nowhere.text)}`
    )
  }
  const answer = round.map(({ response }) => response).find((response) => typeof response !== 'string')
  if (answer === undefined) return
  const isNotOffered = NOT_OFFERED.has(answer.status) && !answer.type.startsWith(PROBLEM_MEDIA_TYPE)
  const isAlike = typeof nowhere !== 'string' && answer.status === nowhere.status
  if (!isNotOffered && !isAlike) return
  throw new NotALayer(`it is no policy: a question is answered ${answer.status} ${shortened(answer.text)}`)
}

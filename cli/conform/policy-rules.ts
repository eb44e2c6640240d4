import { judge } from '../../services/vmm/decision/decision-rules.ts'
import type { Question as Asked } from '../../shared/contracts/policy.ts'
import { jsonOf } from '../../shared/transport/json-of.ts'
import { MALFORMED, QUESTIONS } from './questions.ts'
import { decision, shortened, type Exchange, type PolicyConversation, type Response } from './policy-conversation.ts'

/** A rule of the contract of policies, and how to see whether it is kept: what broke it, nothing when it holds. */
export interface PolicyRule {
  readonly about: string
  /** `round`: each question once, with what came back. */
  readonly check: (talk: PolicyConversation, round: readonly Exchange[]) => Promise<readonly string[]>
}

const [FIRST] = Object.values(QUESTIONS) as [Asked, ...Asked[]]
const AT_ONCE = 16
/** So often one is late before that is more than a busy machine. */
const TRIES = 3
/** So many that are late, or without any answer, are enough. */
const ENOUGH = 3

/** What a policy service must do, in the order in which it is checked. */
export const POLICY_RULES: Readonly<Record<string, PolicyRule>> = {
  'answers-are-decisions': {
    about: 'every question is answered with 200 and a decision that fits the schema',
    check: (_, round) => each(round, ({ response }) => unfit(response))
  },
  'no-forbidden-answer': {
    about: 'no answer says what the architecture cannot describe, such as an SEA for an action optional report',
    check: (_, round) => each(round, ({ asked, response }) => forbidden(asked, response))
  },
  'answers-in-time': {
    about: `every answer comes before the VMM takes its fallback; one that is late is asked for again, up to ${TRIES} times`,
    check: async (talk, round) => {
      let lateOnes = 0
      return each(round, async (exchange) => {
        const late = await lateEachTime(talk, exchange, lateOnes < ENOUGH ? TRIES : 1)
        if (late !== undefined) lateOnes++
        return late
      })
    }
  },
  'same-question-same-answer': {
    about:
      'a question that comes again under its ce-id, as after a lost answer, is answered alike; what other questions get is free',
    check: (talk, round) =>
      each(round, async (exchange) => {
        if (typeof exchange.response === 'string') return undefined
        const again = await talk.ask(exchange.name, exchange.asked)
        const [one, other] = [textOf(again.response), textOf(await talk.repeat(again))]
        return one === other ? undefined : `under ce-id ${again.id} first ${one}, then ${other}`
      })
  },
  'unknown-fields': {
    about: 'a field of a later version is ignored, or refused with a problem',
    check: async (talk) => {
      const body = { ...(JSON.parse(talk.bodyOf(FIRST)) as object), moonPhase: 'full' }
      const response = await talk.send(JSON.stringify(body))
      return list(typeof response !== 'string' && response.status === 200 ? unfit(response) : noProblem(response))
    }
  },
  'malformed-is-a-problem': {
    about: 'what is no question is refused with 4xx and a problem (RFC 9457), not answered and not a crash',
    check: async (talk) => {
      const broken: string[] = []
      for (const [what, body] of Object.entries(MALFORMED)) {
        const wrong = noProblem(await talk.send(body))
        if (wrong !== undefined) broken.push(`${what}: ${wrong}`)
      }
      return broken
    }
  },
  'many-at-once': {
    about: `${AT_ONCE} questions at once are all answered in time, once in ${TRIES} times at least`,
    check: async (talk) => {
      let wrong: readonly string[] = []
      for (let tried = 0; tried < TRIES; tried++) {
        const exchanges = await Promise.all(Array.from({ length: AT_ONCE }, () => talk.ask('', FIRST)))
        const found = exchanges.map(({ response }) => tooLate(talk, response) ?? unfit(response))
        wrong = [...new Set(found.filter((one) => one !== undefined))]
        if (wrong.length === 0) break
      }
      return wrong
    }
  },
  'still-there': {
    about: 'after all that the service still answers',
    check: async (talk) => list(unfit((await talk.ask('', FIRST)).response))
  }
}

/** Asks every question once. Stops where nothing at all is answered: then the round is shorter. */
export async function askRound(talk: PolicyConversation): Promise<readonly Exchange[]> {
  const round: Exchange[] = []
  for (const [name, asked] of Object.entries(QUESTIONS)) {
    round.push(await talk.ask(name, asked))
    if (isSilent(round)) break
  }
  return round
}

/** Whether whoever is there has answered none of the first questions. */
export const isSilent = (round: readonly Exchange[]): boolean =>
  round.length >= ENOUGH && round.every(({ response }) => typeof response === 'string')

async function each(
  round: readonly Exchange[],
  check: (exchange: Exchange) => Promise<string | undefined> | string | undefined
): Promise<readonly string[]> {
  const broken: string[] = []
  for (const exchange of round) {
    const wrong = await check(exchange)
    if (wrong !== undefined) broken.push(`${exchange.name}: ${wrong}`)
  }
  return broken
}

/** Why a response is no decision, undefined when it is one. */
function unfit(response: Response | string): string | undefined {
  if (typeof response === 'string') return response
  const { status, text } = response
  if (status !== 200) return `${status} ${shortened(text)}`
  const parsed = decision.parse(jsonOf(text))
  return 'error' in parsed ? `${parsed.error.detail}: ${shortened(text)}` : undefined
}

/** Why the VMM would refuse an answer; what is no decision is another rule's affair. */
function forbidden(asked: Asked, response: Response | string): string | undefined {
  if (typeof response === 'string' || unfit(response) !== undefined) return undefined
  const parsed = decision.parse(jsonOf(response.text))
  const judged = 'value' in parsed ? judge(parsed.value, asked) : undefined
  return judged !== undefined && 'rule' in judged ? `${judged.rule}: ${judged.detail}` : undefined
}

function noProblem(response: Response | string): string | undefined {
  if (typeof response === 'string') return response
  const { status, type, text } = response
  if (status < 400 || status >= 500) return `${status} ${shortened(text)}`
  if (!type.startsWith('application/problem+json')) return `${status}, but of type ${type || 'none'}`
  const title = (jsonOf(text) as { title?: unknown } | undefined)?.title
  return typeof title === 'string' ? undefined : `${status}, but the problem has no title`
}

/** Why an answer was late each time, undefined when one was not. */
async function lateEachTime(talk: PolicyConversation, { name, asked, response }: Exchange, tries: number) {
  let late = tooLate(talk, response)
  for (let tried = 1; late !== undefined && tried < tries; tried++) {
    late = tooLate(talk, (await talk.ask(name, asked)).response)
  }
  return late
}

function tooLate({ options: { deadlineMs } }: PolicyConversation, response: Response | string): string | undefined {
  if (typeof response === 'string') return response
  return response.ms > deadlineMs ? `${Math.round(response.ms)} ms, not ${deadlineMs}` : undefined
}

const textOf = (response: Response | string) => (typeof response === 'string' ? response : shortened(response.text))
const list = (broken: string | undefined) => (broken === undefined ? [] : [broken])

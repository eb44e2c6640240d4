import { judge } from '../../services/vmm/decision/decision-rules.ts'
import { Decision, Question, type Question as Asked } from '../../shared/contracts/policy.ts'
import { PROBLEM_MEDIA_TYPE } from '../../shared/contracts/problem.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'
import { NotALayer, ServiceDown, type RuleResult } from './check.ts'
import { MALFORMED, QUESTIONS } from './questions.ts'

export interface ConformOptions {
  readonly machine: string
  /** How long an answer may take, ms. */
  readonly deadlineMs: number
  /** Built-in policy to ask for; undefined leaves it to the service. */
  readonly policy?: string | undefined
}

interface Response {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly ms: number
}
type Send = (body: string) => Promise<Response | string>
type Rule = (send: Send, options: ConformOptions) => Promise<readonly string[]>

const decision = wire(Decision)
const question = wire(Question)

/** Twice what the VMM waits: later than that nothing is learnt. */
const GIVE_UP = 2
const AT_ONCE = 16

/** What a policy service must do, in the order in which it is checked. */
const RULES: Readonly<Record<string, { readonly about: string; readonly check: Rule }>> = {
  'answers-are-decisions': {
    about: 'every question is answered with 200 and a decision that fits the schema',
    check: async (send, options) => eachQuestion(send, options, (_, response) => unfit(response))
  },
  'no-forbidden-answer': {
    about: 'no answer says what the architecture cannot describe, such as an SEA for an action optional report',
    check: async (send, options) => eachQuestion(send, options, forbidden)
  },
  'answers-in-time': {
    about: 'every answer comes before the VMM takes its fallback',
    check: async (send, options) =>
      eachQuestion(send, options, (_, response) =>
        typeof response === 'string' || response.ms > options.deadlineMs ? tooLate(response, options) : undefined
      )
  },
  'same-question-same-answer': {
    about: 'a question asked again, as after a lost answer, is answered alike',
    check: async (send, options) =>
      eachQuestion(send, options, async (asked, first) => {
        const second = await send(bodyOf(asked, options))
        const [one, other] = [first, second].map((response) => textOf(response))
        return one === other ? undefined : `first ${one}, then ${other}`
      })
  },
  'unknown-fields': {
    about: 'a field of a later version is ignored, or refused with a problem',
    check: async (send, options) => {
      const [[, asked] = []] = Object.entries(QUESTIONS)
      const body = { ...(JSON.parse(bodyOf(asked as Asked, options)) as object), moonPhase: 'full' }
      const response = await send(JSON.stringify(body))
      return list(typeof response !== 'string' && response.status === 200 ? unfit(response) : noProblem(response))
    }
  },
  'malformed-is-a-problem': {
    about: 'what is no question is refused with 4xx and a problem (RFC 9457), not answered and not a crash',
    check: async (send) => {
      const broken: string[] = []
      for (const [what, body] of Object.entries(MALFORMED)) {
        const wrong = noProblem(await send(body))
        if (wrong !== undefined) broken.push(`${what}: ${wrong}`)
      }
      return broken
    }
  },
  'many-at-once': {
    about: `${AT_ONCE} questions at once are all answered in time`,
    check: async (send, options) => {
      const [first] = Object.values(QUESTIONS)
      const body = bodyOf(first as Asked, options)
      const responses = await Promise.all(Array.from({ length: AT_ONCE }, async () => send(body)))
      const wrong = responses.map((response) =>
        typeof response === 'string' || response.ms > options.deadlineMs ? tooLate(response, options) : unfit(response)
      )
      return [...new Set(wrong.filter((one) => one !== undefined))]
    }
  },
  'still-there': {
    about: 'after all that the service still answers',
    check: async (send, options) => {
      const [first] = Object.values(QUESTIONS)
      return list(unfit(await send(bodyOf(first as Asked, options))))
    }
  }
}

/**
 * Checks a policy service, rule by rule. Throws ServiceDown when there is nobody at that address, NotALayer when it is something
 * else.
 */
export async function conformPolicy(url: string, options: ConformOptions): Promise<readonly RuleResult[]> {
  const target = `${url.replace(/\/$/, '')}/v1/machines/${options.machine}/decisions`
  await fetch(target, { method: 'OPTIONS', signal: AbortSignal.timeout(options.deadlineMs * GIVE_UP) }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'TimeoutError') return
      throw new ServiceDown(`${url} cannot be reached: ${whyUnreached(error)}`)
    }
  )
  const send: Send = (body) => post(target, body, options.deadlineMs * GIVE_UP)
  await isPolicy(url, send, options)
  const results: RuleResult[] = []
  for (const [rule, { about, check }] of Object.entries(RULES)) {
    results.push({ rule, about, broken: await check(send, options) })
  }
  return results
}

/** Throws NotALayer when nothing is there that could be checked: no question is answered, or everything is. */
async function isPolicy(url: string, send: Send, options: ConformOptions): Promise<void> {
  const nowhere = await post(`${url.replace(/\/$/, '')}/conform/no-such-route`, '{}', options.deadlineMs * GIVE_UP)
  if (typeof nowhere !== 'string' && nowhere.status < 400) {
    throw new NotALayer(
      `it is no policy: a path that no contract has is answered ${nowhere.status} ${shortened(nowhere.text)}`
    )
  }
  const [first] = Object.values(QUESTIONS)
  const answer = await send(bodyOf(first as Asked, options))
  if (typeof answer === 'string') return
  const isNotOffered = NOT_OFFERED.has(answer.status) && !answer.type.startsWith(PROBLEM_MEDIA_TYPE)
  const isAlike = typeof nowhere !== 'string' && answer.status === nowhere.status
  if (!isNotOffered && !isAlike) return
  throw new NotALayer(`it is no policy: a question is answered ${answer.status} ${shortened(answer.text)}`)
}

type Check = (asked: Asked, response: Response | string) => Promise<string | undefined> | string | undefined

async function eachQuestion(send: Send, options: ConformOptions, check: Check): Promise<readonly string[]> {
  const broken: string[] = []
  for (const [name, asked] of Object.entries(QUESTIONS)) {
    const wrong = await check(asked, await send(bodyOf(asked, options)))
    if (wrong !== undefined) broken.push(`${name}: ${wrong}`)
  }
  return broken
}

function bodyOf(asked: Asked, { policy }: ConformOptions): string {
  return JSON.stringify(question.encode(policy === undefined ? asked : { ...asked, policy }))
}

async function post(target: string, body: string, giveUpMs: number): Promise<Response | string> {
  const start = performance.now()
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(giveUpMs)
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    return { status: response.status, type, text, ms: performance.now() - start }
  } catch (error) {
    return `no answer: ${whyUnreached(error)}`
  }
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

function tooLate(response: Response | string, { deadlineMs }: ConformOptions): string {
  return typeof response === 'string' ? response : `${Math.round(response.ms)} ms, not ${deadlineMs}`
}

const textOf = (response: Response | string) => (typeof response === 'string' ? response : shortened(response.text))
const list = (broken: string | undefined) => (broken === undefined ? [] : [broken])
const LONGEST = 200
const shortened = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text).replaceAll('\n', ' ')

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

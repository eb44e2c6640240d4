import { randomUUID } from 'node:crypto'
import { Decision, policyDecide, Question, type Question as Asked } from '../../shared/contracts/policy.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { HEADER, sourceOf } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'

/** Whom `conform policy` asks, and how. */
export interface ConformOptions {
  readonly machine: string
  /** How long an answer may take, ms. */
  readonly deadlineMs: number
  /** Built-in policy to ask for; undefined leaves it to the service. */
  readonly policy?: string | undefined
}

/** What came back. */
export interface Response {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly ms: number
}
/** A question that was asked, the id under which it was, and the response, or why there was none. */
export interface Exchange {
  readonly name: string
  readonly asked: Asked
  readonly id: string
  readonly response: Response | string
}

/** Twice what the VMM waits: later than that nothing is learnt. */
const GIVE_UP = 2

const question = wire(Question)
export const decision = wire(Decision)

/** Asks a policy as a VMM does: each question has an id of its own, and a repeat that of the first. */
export class PolicyConversation {
  readonly options: ConformOptions
  readonly #base: string
  /** Ids of another run of these rules are others: a policy may remember them. */
  readonly #run = `conform-${randomUUID().slice(0, 8)}`
  #asked = 0

  constructor(url: string, options: ConformOptions) {
    this.#base = url.replace(/\/$/, '')
    this.options = options
  }

  /** Where questions go. */
  get target(): string {
    return `${this.#base}/v1/machines/${this.options.machine}/decisions`
  }

  get giveUpMs(): number {
    return this.options.deadlineMs * GIVE_UP
  }

  /** Asks one of the questions, under an id that none had before. */
  async ask(name: string, asked: Asked): Promise<Exchange> {
    const id = this.#newId()
    return { name, asked, id, response: await this.#post(this.target, this.bodyOf(asked), id) }
  }

  /** Asks it once more, as a VMM does that has not heard the answer. */
  repeat({ asked, id }: Exchange): Promise<Response | string> {
    return this.#post(this.target, this.bodyOf(asked), id)
  }

  /** Sends any body as if it were a question. */
  send(body: string): Promise<Response | string> {
    return this.#post(this.target, body, this.#newId())
  }

  /** What a path is answered that no contract has. */
  nowhere(): Promise<Response | string> {
    return this.#post(`${this.#base}/conform/no-such-route`, '{}', this.#newId())
  }

  bodyOf(asked: Asked): string {
    const { policy } = this.options
    return JSON.stringify(question.encode(policy === undefined ? asked : { ...asked, policy }))
  }

  #newId(): string {
    return `${this.#run}-${++this.#asked}`
  }

  async #post(target: string, body: string, id: string): Promise<Response | string> {
    const start = performance.now()
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [HEADER.specversion]: '1.0',
          [HEADER.id]: id,
          [HEADER.source]: sourceOf('vmm'),
          [HEADER.type]: policyDecide.type,
          [HEADER.subject]: this.options.machine,
          [HEADER.time]: new Date().toISOString()
        },
        body,
        signal: AbortSignal.timeout(this.giveUpMs)
      })
      const text = await response.text()
      const type = response.headers.get('content-type') ?? ''
      return { status: response.status, type, text, ms: performance.now() - start }
    } catch (error) {
      return `no answer: ${whyUnreached(error)}`
    }
  }
}

const LONGEST = 200
/** What was answered, on one line. */
export const shortened = (text: string): string =>
  (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text).replaceAll('\n', ' ')

import type { Static, TObject, TSchema } from 'typebox'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import type { MessageType, QuestionType } from '../../shared/contracts/message.ts'
import { requestOf } from '../../shared/contracts/path.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { HEADER } from '../../shared/transport/headers.ts'
import { jsonOf } from '../../shared/transport/json-of.ts'
import { fetch } from '../fetch.ts'
import type { Neighbours, Response, Told } from './neighbours.ts'
import { sampleOf } from './sample.ts'

/** A rule that the service under test breaks; the message says what was expected and what came. */
export class Broken extends Error {}
/** Something that a neighbour should have heard by now, and has not. */
export class Unheard extends Broken {}
/** A rule that says nothing of this service, since it is free not to do what the rule is about. */
export class Skipped extends Error {}

/** An answer of the service under test. */
export interface Got {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Undefined when the answer is not JSON. */
  readonly json: unknown
}

/** What came to a neighbour with the data that its contract has for it. */
export interface Heard<Data> {
  readonly data: Data
  readonly id: string | undefined
}

export interface SceneOptions {
  readonly url: string
  readonly machine: string
  readonly neighbours: Neighbours
  /** How long something that has to come may take, ms. */
  readonly patienceMs: number
  /** Another scene, on a machine of its own. */
  readonly another: () => Promise<Scene>
  /** Ends whatever is waited for. */
  readonly signal?: AbortSignal | undefined
}

type Trouble = (told: Told, nth: number) => Response | Promise<Response | undefined> | undefined

/** One machine on which one rule is checked: messages to the service under test, and what its neighbours hear. */
export class Scene {
  readonly machine: string
  readonly heard: Told[] = []
  readonly #options: SceneOptions
  readonly #answers = new Map<MessageType, (data: never) => unknown>()
  readonly #waiting = new Set<() => void>()
  /** The service has a route that makes machines; without, one is there when it is first spoken of. */
  wasMade = false
  #trouble: Trouble = () => undefined
  #ids = 0

  constructor(options: SceneOptions) {
    this.#options = options
    this.machine = options.machine
    options.neighbours.hear(options.machine, async (told) => {
      this.heard.push(told)
      for (const look of [...this.#waiting]) look()
      const nth = this.heard.filter(({ message, id }) => message === told.message && id === told.id).length
      return (await this.#trouble(told, nth)) ?? this.#answer(told)
    })
  }

  /** What a neighbour answers to a question from now on; otherwise the least that its contract allows. */
  answer<Data extends TObject, Reply extends TSchema>(
    question: QuestionType<Data, Reply>,
    give: (data: Static<Data>) => Static<Reply> | Promise<Static<Reply>>
  ): void {
    this.#answers.set(question, give)
  }

  /** Neighbours that are late, gone or refuse: what `trouble` gives is answered instead, nothing is as usual. */
  trouble(trouble: Trouble): void {
    this.#trouble = trouble
  }

  /** Another machine of the same service. */
  another(): Promise<Scene> {
    return this.#options.another()
  }

  /** How often neighbours were told of a message type, repeats included. */
  times(message: MessageType, counts: (data: unknown) => boolean = () => true): number {
    return this.heard.filter((told) => told.message === message && counts(told.data)).length
  }

  /** An id that no other message of this machine has. */
  id(): string {
    return `${this.machine}-${++this.#ids}`
  }

  /** Sends a message, or asks; `data` is as the contract has it. */
  async send<Data extends TObject>(
    message: MessageType<Data>,
    data: Static<Data>,
    id: string = this.id()
  ): Promise<Got> {
    return this.sendJson(message, wire(message.data).encode(data), id)
  }

  /** The same with JSON that need not fit. */
  async sendJson(message: MessageType, json: unknown, id: string = this.id()): Promise<Got> {
    const { path, body } = requestOf(message)(this.machine, json)
    return this.request(message.method, path, body === undefined ? undefined : JSON.stringify(body), id)
  }

  async request(method: string, path: string, body?: string, id?: string): Promise<Got> {
    const { url, patienceMs, signal } = this.#options
    const late = AbortSignal.timeout(patienceMs)
    const response = await fetch(url.replace(/\/$/, '') + path, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...(id === undefined ? {} : { [HEADER.idempotencyKey]: id })
      },
      ...(body === undefined || method === 'GET' ? {} : { body }),
      signal: signal === undefined ? late : AbortSignal.any([late, signal])
    })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type') ?? '', text, json: jsonOf(text) }
  }

  /** A message that has to be accepted. */
  async tell<Data extends TObject>(message: MessageType<Data>, data: Static<Data>, id?: string): Promise<void> {
    const got = await this.send(message, data, id)
    if (got.status < 200 || got.status > 299) throw new Broken(`${message.type} is answered ${shown(got)}`)
  }

  /** A question that has to be answered as its contract says. */
  async ask<Data extends TObject, Reply extends TSchema>(
    question: QuestionType<Data, Reply>,
    data: Static<Data>
  ): Promise<Static<Reply>> {
    const got = await this.send(question, data)
    if (got.status !== 200) throw new Broken(`${question.type} is answered ${shown(got)}`)
    const parsed = wire(question.reply).parse(got.json)
    if ('error' in parsed)
      throw new Broken(`the answer to ${question.type}: ${parsed.error.field}: ${parsed.error.detail}`)
    return parsed.value as Static<Reply>
  }

  /** All that neighbours have heard of a type, each message once. Throws Broken for what does not fit its contract. */
  of<Data extends TObject>(message: MessageType<Data>): readonly Heard<Static<Data>>[] {
    const ids = new Set<string>()
    return this.heard.flatMap(({ message: type, data, broken, id }) => {
      if (type !== message) return []
      if (broken !== undefined) throw new Broken(`${message.type} to ${message.to}: ${broken}`)
      if (id !== undefined && ids.has(id)) return []
      if (id !== undefined) ids.add(id)
      return [{ data: data as Static<Data>, id }]
    })
  }

  /** The next message of a type, after `count` of them, once it has come. Throws Broken when it does not. */
  async next<Data extends TObject>(message: MessageType<Data>, count = 0): Promise<Static<Data>> {
    const found = () => this.of(message)[count]
    await this.until(() => found() !== undefined, `${message.type} to ${message.to}`)
    return found()?.data as Static<Data>
  }

  /** Waits for something that the neighbours hear. */
  async until(comes: () => boolean, what: string): Promise<void> {
    const { signal, patienceMs } = this.#options
    signal?.throwIfAborted()
    if (comes()) return
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        try {
          if (comes()) end(resolve)
        } catch (error) {
          end(() => reject(error instanceof Error ? error : new Error(String(error))))
        }
      }
      const end = (then: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
        this.#waiting.delete(look)
        then()
      }
      const timer = setTimeout(() => {
        end(() => reject(new Unheard(`${what} does not come; heard: ${this.#summary()}`)))
      }, patienceMs)
      const stop = () => end(() => reject(signal?.reason as Error))
      signal?.addEventListener('abort', stop)
      this.#waiting.add(look)
    })
  }

  /** Throws Broken unless it holds. */
  must(holds: boolean, says: string): void {
    if (!holds) throw new Broken(says)
  }

  same(got: unknown, expected: unknown, what: string): void {
    if (asText(got) !== asText(expected)) throw new Broken(`${what} is ${asText(got)}, not ${asText(expected)}`)
  }

  #answer({ message, data, broken }: Told): Response {
    if (broken !== undefined) return { status: 422, json: { code: 'field-invalid', title: broken, status: 422 } }
    if (message.reply === undefined) return { status: 202, json: {} }
    const give = this.#answers.get(message)
    const reply = give === undefined ? sampleOf(message.reply) : wire(message.reply).encode(give(data as never))
    return { status: 200, json: reply }
  }

  #summary(): string {
    return this.heard.map(({ to, message }) => `${message.type} to ${to}`).join(', ') || 'nothing'
  }
}

/** The neighbours of a layer, for whoever wants to name one. */
export type Neighbour = ModelledLayer

/** As JSON whose fields are in order of their names: a message means the same in any order. */
export const asText = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `0x${part.toString(16)}`
    if (part instanceof Uint8Array) return part.toHex()
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }) ?? 'nothing'

const LONGEST = 200
export const shown = ({ status, text }: Got): string =>
  `${status} ${(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text).replaceAll('\n', ' ')}`

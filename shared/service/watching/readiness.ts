import type { Problem } from '../../contracts/problem.ts'
import type { Holding } from '../../contracts/dead-letter.ts'
import type { Layer } from '../../contracts/layer.ts'
import type { DeadLetterCount } from '../../engine/dead-letters.ts'
import type { Deliveries } from './deliveries.ts'
import type { Neighbours } from './neighbours.ts'

interface Said {
  readonly code: string
  readonly detail: string
}

/** How a service stands to one it sends to. */
export interface NeighbourState {
  readonly url: string
  readonly reachable: boolean
  /** Why not, by code and in words. */
  readonly problem?: Said
  /** Messages and questions that it does not have yet or has not answered, and the questions among them. */
  readonly undelivered: number
  readonly waitingQuestions: number
  readonly oldest?: {
    readonly id: string
    readonly type: string
    readonly machine: string
    readonly ageSeconds: number
  }
}

/** What `GET /health/ready` says. `why` is empty where `ready`. */
export interface Readiness {
  readonly ready: boolean
  readonly service: Layer
  readonly why: readonly string[]
  readonly store: { readonly well: boolean; readonly problem?: Said }
  readonly neighbours: Readonly<Record<string, NeighbourState>>
  /** Messages that were given up, to be read at `/v1/dead-letters`. `holding` are those that keep their machine from going on. */
  readonly deadLetters: {
    readonly count: number
    readonly oldestSeconds?: number
    readonly holding: readonly Holding[]
  }
  /** Machines that a defect of the model has stopped; they do not keep others from anything. */
  readonly faults: readonly { readonly machine: string; readonly fault: string }[]
  /** Machines that take nothing from outside any more, since their state is larger than it may be. */
  readonly full: readonly { readonly machine: string; readonly bytes: number }[]
}

export interface ReadinessParts {
  readonly service: Layer
  readonly now: () => number
  readonly sendsTo: readonly Layer[]
  readonly urlOf: (to: Layer) => string | undefined
  readonly neighbours: Neighbours
  readonly deliveries: Deliveries
  /** Why something cannot be kept; undefined when everything can. */
  readonly storageTrouble: () => Problem | undefined
  readonly deadLetters: () => DeadLetterCount
  readonly holding: () => readonly Holding[]
  readonly faults: () => Readiness['faults']
  readonly full: () => Readiness['full']
}

/** Whether a service can do its work now: it keeps what it takes in, and those that it sends to answer. */
export async function readinessOf(parts: ReadinessParts): Promise<Readiness> {
  const { service, sendsTo, urlOf, neighbours } = parts
  const urls = new Map(sendsTo.flatMap((to) => pair(to, urlOf(to))))
  const seen = await neighbours.look(urls)
  const states = [...urls].map(([to, url]): [Layer, NeighbourState] => {
    const { isReachable = false, problem } = seen.get(to) ?? {}
    return [to, { url, reachable: isReachable, ...saying(problem), ...waitingFor(to, parts) }]
  })
  const storage = parts.storageTrouble()
  const why = [
    ...(storage === undefined ? [] : [storage.detail]),
    ...states.flatMap(([to, { url, reachable, problem }]) =>
      reachable ? [] : [problem?.detail ?? `${to} at ${url} does not answer`]
    )
  ]
  return {
    ready: why.length === 0,
    service,
    why,
    store: { well: storage === undefined, ...saying(storage) },
    neighbours: Object.fromEntries(states),
    deadLetters: deadLettersOf(parts),
    faults: parts.faults(),
    full: parts.full()
  }
}

function deadLettersOf({ deadLetters, holding, now }: ReadinessParts): Readiness['deadLetters'] {
  const { count, oldest } = deadLetters()
  const age = oldest === undefined ? {} : { oldestSeconds: Math.max(0, now() - oldest) / 1e9 }
  return { count, ...age, holding: holding() }
}

const saying = (problem: Problem | undefined): { readonly problem?: Said } =>
  problem === undefined ? {} : { problem: { code: problem.code, detail: problem.detail } }

const pair = (to: Layer, url: string | undefined): readonly [Layer, string][] => (url === undefined ? [] : [[to, url]])

function waitingFor(
  to: Layer,
  { deliveries, now }: ReadinessParts
): Pick<NeighbourState, 'undelivered' | 'waitingQuestions' | 'oldest'> {
  const waiting = [...(deliveries.undelivered().get(to) ?? [])]
  const waitingQuestions = waiting.filter(({ message }) => message.message.reply !== undefined).length
  const [oldest] = waiting
  if (oldest === undefined) return { undelivered: 0, waitingQuestions }
  const { id, message, machine } = oldest.message
  const ageSeconds = Math.max(0, now() - oldest.since) / 1e9
  return { undelivered: waiting.length, waitingQuestions, oldest: { id, type: message.type, machine, ageSeconds } }
}

import { RELEASE } from '../../contracts/release.ts'
import type { Layer } from '../../contracts/layer.ts'
import type { DeadLetterCount } from '../../engine/dead-letters.ts'
import type { Deliveries } from './deliveries.ts'
import type { Durations } from './durations.ts'
import type { EntryCounts, Count } from './entry-counts.ts'
import type { HttpCounts } from './http-counts.ts'
import type { Neighbours } from './neighbours.ts'

/** One line of `/metrics`. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number | Durations
}

/** A metric: what it is called and says, and what it is when somebody asks. `Of` is where that comes from. */
export interface Family<Of> {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (of: Of) => readonly Sample[]
}

/** What every HTTP server of ours can be asked. */
export interface HttpSources {
  readonly service: Layer
  readonly http: HttpCounts
  readonly spans: { readonly exported: number; readonly dropped: number } | undefined
}

/** What a service that runs a model can be asked besides. */
export interface ServiceSources extends HttpSources {
  readonly now: () => number
  readonly counts: EntryCounts
  readonly deliveries: Deliveries
  readonly neighbours: Neighbours
  readonly sendsTo: readonly Layer[]
  /** Seconds that bringing back what was kept took, once that is done. */
  readonly restartSeconds: () => number | undefined
  readonly quiescence: () => {
    readonly accepted: number
    readonly sent: number
    readonly delivered: number
    readonly dead: number
    readonly timers: { readonly length: number }
  }
  readonly machines: () => { readonly count: number; readonly stopped: number }
  readonly journal: { readonly last: number; readonly size: number; readonly bytes: number }
  readonly deadLetters: () => DeadLetterCount
  readonly holding: () => number
  readonly store: () => {
    readonly isWell: boolean
    readonly rows: number | undefined
    readonly bytes: number | undefined
  }
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
const maybe = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : one(value))
const counted = (counts: ReadonlyMap<string, Count>): readonly Sample[] => [...counts.values()]
const NS_PER_S = 1e9

const secondsSince = (since: number | undefined, now: () => number) =>
  since === undefined ? 0 : Math.max(0, now() - since) / NS_PER_S

const BOUNDARY = ['from', 'to', 'type'] as const

/** Metrics of the console and of every service. */
export const HTTP_FAMILIES: readonly Family<HttpSources>[] = [
  {
    name: 'seabus_build_info',
    type: 'gauge',
    help: 'Always 1; which service this is, and of which release',
    labels: ['service', 'release'],
    read: ({ service }) => [{ labels: { service, release: RELEASE }, value: 1 }]
  },
  {
    name: 'seabus_http_request_duration_seconds',
    type: 'histogram',
    help: 'How long HTTP requests took until their answer had left, by route; those that found no route have none',
    labels: ['method', 'route', 'status'],
    read: ({ http }) => http.requests()
  },
  {
    name: 'seabus_problems_total',
    type: 'counter',
    help: 'HTTP requests that were answered with a problem, by its code',
    labels: ['code'],
    read: ({ http }) => counted(http.problems)
  },
  {
    name: 'seabus_spans_exported_total',
    type: 'counter',
    help: 'Spans that an OTLP collector has taken; absent where none is named',
    labels: [],
    read: ({ spans }) => maybe(spans?.exported)
  },
  {
    name: 'seabus_spans_dropped_total',
    type: 'counter',
    help: 'Spans that were not exported: the collector failed, or was slower than they came',
    labels: [],
    read: ({ spans }) => maybe(spans?.dropped)
  }
]

/** What crosses the boundaries of a layer. */
const BOUNDARY_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_messages_total',
    type: 'counter',
    help: 'Messages, questions and timers that were taken in, and what someone else took who keeps no journal',
    labels: BOUNDARY,
    read: ({ counts }) => counted(counts.messages)
  },
  {
    name: 'seabus_answers_total',
    type: 'counter',
    help: 'Answers to questions of this layer, and to questions from outside',
    labels: BOUNDARY,
    read: ({ counts }) => counted(counts.answers)
  },
  {
    name: 'seabus_fallbacks_total',
    type: 'counter',
    help: 'Questions that nobody answered in time or as they should, so that their fallback was used',
    labels: BOUNDARY,
    read: ({ counts }) => counted(counts.fallbacks)
  },
  {
    name: 'seabus_refusals_total',
    type: 'counter',
    help: 'Messages that a layer refused, by the code of the problem',
    labels: [...BOUNDARY, 'code'],
    read: ({ counts }) => counted(counts.refusals)
  },
  {
    name: 'seabus_loud_notes_total',
    type: 'counter',
    help: 'Notes that nobody must miss: what is not modelled, what was lost, refused, or done in place of what was wanted',
    labels: ['type', 'loud'],
    read: ({ counts }) => counted(counts.loudNotes)
  },
  {
    name: 'seabus_deliveries_total',
    type: 'counter',
    help: 'Messages of this layer of which something has become: accepted, answered, refused or given-up',
    labels: [...BOUNDARY, 'outcome'],
    read: ({ service, deliveries }) =>
      [...deliveries.sent()].flatMap(({ to, type, outcomes }) =>
        Object.entries(outcomes)
          .filter(([, value]) => value > 0)
          .map(([outcome, value]) => ({ labels: { from: service, to, type, outcome }, value }))
      )
  },
  {
    name: 'seabus_delivery_duration_seconds',
    type: 'histogram',
    help: 'From when a message was ready to leave until its receiver had accepted, answered or refused it',
    labels: BOUNDARY,
    read: ({ service, deliveries }) =>
      [...deliveries.sent()].map(({ to, type, durations }) => ({
        labels: { from: service, to, type },
        value: durations
      }))
  }
]

/** What waits, and for whom. */
const QUEUE_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_undelivered',
    type: 'gauge',
    help: 'Messages and questions that a neighbour has not taken or answered yet',
    labels: ['to'],
    read: (of) => of.sendsTo.map((to) => ({ labels: { to }, value: of.deliveries.undelivered().get(to)?.size ?? 0 }))
  },
  {
    name: 'seabus_undelivered_oldest_seconds',
    type: 'gauge',
    help: 'How long the oldest of those has waited; 0 when there is none',
    labels: ['to'],
    read: ({ sendsTo, deliveries, now }) =>
      sendsTo.map((to) => {
        const [oldest] = deliveries.undelivered().get(to) ?? []
        return { labels: { to }, value: secondsSince(oldest?.since, now) }
      })
  },
  {
    name: 'seabus_waiting_questions',
    type: 'gauge',
    help: 'Questions that a neighbour has not answered yet',
    labels: ['to'],
    read: ({ sendsTo, deliveries }) =>
      sendsTo.map((to) => {
        const waiting = [...(deliveries.undelivered().get(to) ?? [])]
        return { labels: { to }, value: waiting.filter(({ message }) => message.message.reply !== undefined).length }
      })
  },
  {
    name: 'seabus_retries_total',
    type: 'counter',
    help: 'How often something was sent to a neighbour once more: it had not arrived, or could not be taken then',
    labels: ['to'],
    read: ({ sendsTo, neighbours }) => sendsTo.map((to) => ({ labels: { to }, value: neighbours.retries(to) }))
  },
  {
    name: 'seabus_neighbour_down',
    type: 'gauge',
    help: '1 while a neighbour does not answer or does not fit, as far as something was sent to it',
    labels: ['to'],
    read: ({ sendsTo, neighbours }) =>
      sendsTo.map((to) => ({ labels: { to }, value: neighbours.troubleOf(to) === undefined ? 0 : 1 }))
  },
  {
    name: 'seabus_accepted_total',
    type: 'counter',
    help: 'Inputs that were taken in since the service was made, as a restart plays them again',
    labels: [],
    read: ({ quiescence }) => one(quiescence().accepted)
  },
  {
    name: 'seabus_sent_total',
    type: 'counter',
    help: 'Messages and questions that left, likewise',
    labels: [],
    read: ({ quiescence }) => one(quiescence().sent)
  },
  {
    name: 'seabus_delivered_total',
    type: 'counter',
    help: 'Those of them that have arrived or been answered; what was given up counts once it was sent again and taken',
    labels: [],
    read: ({ quiescence }) => one(quiescence().delivered)
  },
  {
    name: 'seabus_dead',
    type: 'gauge',
    help: 'Those of them that are given up: dead letters which nobody has on its way, and messages that were dropped as such',
    labels: [],
    read: ({ quiescence }) => one(quiescence().dead)
  },
  {
    name: 'seabus_timers',
    type: 'gauge',
    help: 'Timers that are set',
    labels: [],
    read: ({ quiescence }) => one(quiescence().timers.length)
  }
]

/** What was given up. */
const DEAD_LETTER_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_dead_letters',
    type: 'gauge',
    help: 'Messages that their receivers refused or failed on for ever: read, retry or drop them at /v1/dead-letters',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters().count)
  },
  {
    name: 'seabus_dead_letters_oldest_seconds',
    type: 'gauge',
    help: 'How long ago the oldest of those was given up; 0 when there is none',
    labels: [],
    read: ({ deadLetters, now }) => one(secondsSince(deadLetters().oldest, now))
  },
  {
    name: 'seabus_dead_letters_holding',
    type: 'gauge',
    help: 'Those of them that are questions which keep their machine from going on, until somebody retries or drops them',
    labels: [],
    read: ({ holding }) => one(holding())
  },
  {
    name: 'seabus_dead_letters_bytes',
    type: 'gauge',
    help: 'About how many bytes those take',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters().bytes)
  },
  {
    name: 'seabus_dead_letters_discarded_total',
    type: 'counter',
    help: 'Dead letters that are gone because there were too many',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters().discarded)
  }
]

/** What is kept. */
const KEPT_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_machines',
    type: 'gauge',
    help: 'Machines',
    labels: [],
    read: ({ machines }) => one(machines().count)
  },
  {
    name: 'seabus_machines_stopped',
    type: 'gauge',
    help: 'Machines that a defect of the model has stopped',
    labels: [],
    read: ({ machines }) => one(machines().stopped)
  },
  {
    name: 'seabus_journal_entries_total',
    type: 'counter',
    help: 'Position of the newest entry of the journal',
    labels: [],
    read: ({ journal }) => one(journal.last)
  },
  {
    name: 'seabus_journal_kept_entries',
    type: 'gauge',
    help: 'Entries that can still be read',
    labels: [],
    read: ({ journal }) => one(journal.size)
  },
  {
    name: 'seabus_journal_kept_bytes',
    type: 'gauge',
    help: 'About how many bytes of memory those take',
    labels: [],
    read: ({ journal }) => one(journal.bytes)
  },
  {
    name: 'seabus_store_well',
    type: 'gauge',
    help: '1 while everything that is taken in can be kept',
    labels: [],
    read: ({ store }) => one(store().isWell ? 1 : 0)
  },
  {
    name: 'seabus_store_rows',
    type: 'gauge',
    help: 'Rows of the data file; absent where nothing is kept',
    labels: [],
    read: ({ store }) => maybe(store().rows)
  },
  {
    name: 'seabus_store_bytes',
    type: 'gauge',
    help: 'Bytes of the data file and its log; absent where nothing is kept',
    labels: [],
    read: ({ store }) => maybe(store().bytes)
  },
  {
    name: 'seabus_restart_seconds',
    type: 'gauge',
    help: 'How long it took to bring back what was kept when the service started',
    labels: [],
    read: ({ restartSeconds }) => maybe(restartSeconds())
  }
]

/** Metrics of a service that runs a model. */
export const SERVICE_FAMILIES: readonly Family<ServiceSources>[] = [
  ...HTTP_FAMILIES,
  ...BOUNDARY_FAMILIES,
  ...QUEUE_FAMILIES,
  ...DEAD_LETTER_FAMILIES,
  ...KEPT_FAMILIES
]

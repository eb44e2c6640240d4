import { one, secondsSince, type Family } from './family.ts'
import type { ServiceSources } from './sources.ts'

/** What waits, and for whom. */
export const QUEUE_FAMILIES: readonly Family<ServiceSources>[] = [
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
    read: ({ quiescence }) => one(quiescence.accepted)
  },
  {
    name: 'seabus_sent_total',
    type: 'counter',
    help: 'Messages and questions that left, likewise',
    labels: [],
    read: ({ quiescence }) => one(quiescence.sent)
  },
  {
    name: 'seabus_delivered_total',
    type: 'counter',
    help: 'Those of them that have arrived or been answered; what was given up counts once it was sent again and taken',
    labels: [],
    read: ({ quiescence }) => one(quiescence.delivered)
  },
  {
    name: 'seabus_dead',
    type: 'gauge',
    help: 'Those of them that are given up: dead letters which nobody has on its way, and messages that were dropped as such',
    labels: [],
    read: ({ quiescence }) => one(quiescence.dead)
  },
  {
    name: 'seabus_timers',
    type: 'gauge',
    help: 'Timers that are set',
    labels: [],
    read: ({ quiescence }) => one(quiescence.timers.length)
  }
]

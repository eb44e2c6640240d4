import { counted, type Family } from './family.ts'
import type { ServiceSources } from './sources.ts'

const BOUNDARY = ['from', 'to', 'type'] as const

/** What crosses the boundaries of a layer. */
export const BOUNDARY_FAMILIES: readonly Family<ServiceSources>[] = [
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

import { one, secondsSince, type Family } from './family.ts'
import type { ServiceSources } from './sources.ts'

/** What was given up. */
export const DEAD_LETTER_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_dead_letters',
    type: 'gauge',
    help: 'Messages that their receivers refused or failed on for ever: read, retry or drop them at /v1/dead-letters',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters.count)
  },
  {
    name: 'seabus_dead_letters_oldest_seconds',
    type: 'gauge',
    help: 'How long ago the oldest of those was given up; 0 when there is none',
    labels: [],
    read: ({ deadLetters, now }) => one(secondsSince(deadLetters.oldest, now))
  },
  {
    name: 'seabus_dead_letters_holding',
    type: 'gauge',
    help: 'Those of them that are questions which keep their machine from going on, until somebody retries or drops them',
    labels: [],
    read: ({ holding }) => one(holding)
  },
  {
    name: 'seabus_dead_letters_bytes',
    type: 'gauge',
    help: 'About how many bytes those take',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters.bytes)
  },
  {
    name: 'seabus_dead_letters_discarded_total',
    type: 'counter',
    help: 'Dead letters that are gone because there were too many',
    labels: [],
    read: ({ deadLetters }) => one(deadLetters.discarded)
  }
]

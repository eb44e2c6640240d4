import { Type } from 'typebox'
import { Stopped, Waits } from '../became.ts'
import { closed, LayerName, named } from '../common.ts'
import { Holding } from '../dead-letter.ts'
import { JournalEntry } from './journal.ts'

/** What every service says of itself. */

const Link = named('Link', {
  method: Type.String(),
  href: Type.String(),
  summary: Type.String(),
  curl: Type.String({ description: 'a command that tries it' })
})
export const ServiceIndex = named('ServiceIndex', {
  service: LayerName,
  summary: Type.String(),
  machines: Type.Array(Type.String()),
  epoch: Type.String({ description: 'ISO 8601: the nanosecond 0 of its journal' }),
  links: Type.Array(Link)
})
export const ConsoleIndex = named('ConsoleIndex', { service: LayerName, links: Type.Array(Link) })

const faults = Type.Array(named('MachineFault', { machine: Type.String(), fault: Type.String() }), {
  description: 'machines that a defect of the model has stopped'
})
const full = Type.Array(named('FullMachine', { machine: Type.String(), bytes: Type.Integer() }), {
  description: 'machines that take nothing from outside any more, since their state is as large as it may be'
})
const holding = Type.Array(Holding, { description: 'those that keep their machine from going on' })

export const Health = named('Health', {
  status: Type.Enum(['ok', 'model-fault', 'storage-full', 'storage-failed']),
  service: LayerName,
  detail: Type.Optional(Type.String()),
  deadLetters: closed({
    count: Type.Integer(),
    oldestForNs: Type.Optional(Type.Integer()),
    holding
  }),
  faults: Type.Optional(faults),
  full: Type.Optional(full)
})
export const Liveness = named('Liveness', { live: Type.Literal(true) })

const said = closed({ code: Type.String(), detail: Type.String() })
const Neighbour = named('Neighbour', {
  url: Type.String(),
  reachable: Type.Boolean(),
  problem: Type.Optional(said),
  undelivered: Type.Integer({ description: 'messages and questions that it does not have yet, or has not answered' }),
  waitingQuestions: Type.Integer(),
  oldest: Type.Optional(
    closed({ id: Type.String(), type: Type.String(), machine: Type.String(), ageSeconds: Type.Number() })
  )
})
export const Readiness = named('Readiness', {
  ready: Type.Boolean(),
  service: LayerName,
  why: Type.Array(Type.String(), { description: 'empty where it is ready' }),
  store: closed({ well: Type.Boolean(), problem: Type.Optional(said) }),
  neighbours: Type.Record(Type.String(), Neighbour, { description: 'by layer' }),
  deadLetters: closed({ count: Type.Integer(), oldestSeconds: Type.Optional(Type.Number()), holding }),
  faults,
  full
})

export const Machines = named('Machines', { machines: Type.Array(Type.String()) })
export const Machine = named('Machine', { machine: Type.String() })

export const Quiescence = named('Quiescence', {
  accepted: Type.Integer({ description: 'inputs that were taken in' }),
  sent: Type.Integer(),
  delivered: Type.Integer(),
  dead: Type.Integer({ description: 'what will not arrive unless a person has it sent again' }),
  waitingAsks: Type.Integer({ description: 'questions whose answers will come' }),
  waits: Type.Array(named('WaitsOfMachine', { ...Waits.properties, machine: Type.String() }), {
    description: 'what has not arrived or been answered, the first of each machine'
  }),
  timers: Type.Array(
    named('Timer', {
      machine: Type.String(),
      id: Type.String(),
      type: Type.String(),
      dueInNs: Type.Integer()
    })
  )
})

/** What one layer knows of what follows from a message. */
export const MessageHere = named('MessageHere', {
  layer: LayerName,
  epochMs: Type.Number(),
  entries: Type.Array(JournalEntry),
  roots: Type.Array(Type.String(), { description: 'ids that follow from it by another way than their name' }),
  waits: Type.Array(Waits),
  stopped: Type.Array(Stopped)
})

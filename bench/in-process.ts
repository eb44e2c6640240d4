import type { GuestsState } from '../services/guest/state.ts'
import { MODELS } from '../services/layers.ts'
import { MachineRoom } from '../shared/machine-room/in-process.ts'
import type { Waiting } from '../shared/model/procedure.ts'
import { entryLine, type Entry, type WireEntry } from '../shared/trace/entry.ts'
import type { GoalName } from './goals.ts'
import { END, SET_UP, STORY, type Told } from './story.ts'

/** The one file of the bench that knows how models run in process. */

/** Machines of one room on which the story can be told. */
export interface Stage {
  /** Brings a new machine to where the story begins. */
  begin(machine: string): void
  /** Tells the story on a machine that has begun. */
  story(machine: string): void
  /** Throws unless the story of every one of these machines has come to its end. */
  verify(machines: readonly string[]): void
  /** Forgets a machine whose story has ended. */
  forget(machine: string): void
}

interface Beginning {
  /** What it is called on the page. */
  readonly name: string
  /** How a room makes machines that are ready. */
  readonly on: (room: MachineRoom) => (machine: string) => void
  /** The goal for the time it takes. */
  readonly goal?: GoalName
  /** One machine after the other begins, tells its story and is forgotten, as in a campaign; else all begin first and stay. */
  readonly oneByOne?: true
}

/** The ways in which a machine comes to where the story begins, slowest first. A fork of a booted machine belongs here. */
const WAYS = {
  setUp: { name: 'set-up', on: (room) => (machine) => setUp(room, machine) },
  fork: { name: 'a fork', on: forks, goal: 'fork', oneByOne: true }
} as const satisfies Readonly<Record<string, Beginning>>

export type BeginningName = keyof typeof WAYS
export const BEGINNINGS: Readonly<Record<BeginningName, Beginning>> = WAYS

export function createStage(beginning: BeginningName, journal: boolean): Stage {
  const room = new MachineRoom(MODELS, { journal, machines: [] })
  return {
    begin: BEGINNINGS[beginning].on(room),
    story: (machine) => story(room, machine),
    verify(machines) {
      for (const machine of machines) requireEnd(room, machine)
    },
    forget: (machine) => room.forget(machine)
  }
}

/** What a story sends. */
export interface OnTheWire {
  /** Messages, from outside too, and answers. */
  readonly hops: number
  /** Mean length of their frames on a link. */
  readonly frameBytes: number
}

export function storyOnTheWire(): OnTheWire {
  const room = new MachineRoom(MODELS, { machines: [] })
  setUp(room, 'm0')
  const before = room.journal().length
  story(room, 'm0')
  const sent = room.journal().slice(before).filter(isSent)
  const bytes = sent.map((entry) => frameOf(JSON.parse(entryLine(entry)) as WireEntry).length)
  return { hops: sent.length, frameBytes: bytes.reduce((total, length) => total + length, 0) / bytes.length }
}

function tell(room: MachineRoom, machine: string, { message, data }: Told): void {
  const { refusal } = room.post(machine, message, data)
  if (refusal !== undefined) throw new Error(`${message.to} refused ${message.type}: ${refusal.detail}`)
}

function setUp(room: MachineRoom, machine: string): void {
  room.create(machine)
  tell(room, machine, SET_UP.vm)
  room.settle()
  room.ask(machine, SET_UP.task.message, SET_UP.task.data)
  tell(room, machine, SET_UP.touch)
  room.settle()
}

/** A machine is booted once; each one asked for is a fork of it. */
function forks(room: MachineRoom): (machine: string) => void {
  const template = 'template'
  setUp(room, template)
  return (machine) => room.fork(template, machine)
}

function story(room: MachineRoom, machine: string): void {
  for (const told of STORY) tell(room, machine, told)
  room.settle()
}

const isSent = ({ kind, from }: Entry) => (kind === 'message' || kind === 'answer') && from !== 'timer'

/** As a link sends it: a CloudEvent, or an answer to one. */
function frameOf({ kind, id, from, type, machine, cause, data }: WireEntry): string {
  if (kind === 'answer') return JSON.stringify({ seq: 1000, answer: data })
  const time = '2026-01-31T12:00:00.000Z'
  const event = { specversion: '1.0', id, source: `/${from}`, type, subject: machine, time, data, causationid: cause }
  return JSON.stringify({ seq: 1000, event })
}

/** Asks the guest's state, since there may be no journal. */
function requireEnd(room: MachineRoom, machine: string): void {
  // A room does not know the states of its models.
  const { vms } = (room.state('guest', machine) as Waiting<GuestsState>).inner
  const outcomes = [...vms.values()].flatMap(({ results }) => results.map(({ outcome }) => outcome))
  if (outcomes.length === 2 && outcomes[1] === END.outcome) return
  throw new Error(`after set-up and story the accesses of ${machine} have ended as: ${outcomes.join(', ')}`)
}

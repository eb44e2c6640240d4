import type { Static, TObject, TSchema } from 'typebox'
import type { Became } from '../contracts/became.ts'
import type { DeadLetter } from '../contracts/dead-letter.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { MessageType, QuestionType } from '../contracts/message.ts'
import { entryLine, type WireEntry } from '../trace/entry.ts'
import { throwIfHeld } from './held-machine.ts'
import type { MachineRoom } from './in-process.ts'
import { refusedBy } from './refused-by.ts'
import type { DueTimer } from './room-options.ts'

/**
 * The whole machine room as one who drives it sees it: the same story runs on the models in one process under virtual
 * time and on seven services over HTTP.
 */
export interface System {
  /** Makes a machine on every layer. */
  createMachine(machine: string): Promise<void>
  /** Hands a message to a layer and gives its id. Throws ProblemError when it is refused. */
  tell<Data extends TObject>(machine: string, message: MessageType<Data>, data: Static<Data>): Promise<string>
  /** What became of a message once nothing of it is under way any more. Throws ProblemError when nobody knows of it. */
  became(machine: string, message: MessageType, id: string): Promise<Became>
  /** Asks a layer. Throws ProblemError when it is refused. */
  ask<Data extends TObject, Reply extends TSchema>(
    machine: string,
    question: QuestionType<Data, Reply>,
    data: Static<Data>
  ): Promise<Static<Reply>>
  /**
   * Until nothing of a machine is under way but timers; without one, of all. Throws ProblemError that names what is waited
   * for when that takes too long, and at once when the machine cannot go on before somebody decides about a dead letter.
   */
  settle(machine?: string): Promise<void>
  /** What was sent on a machine and given up, layer by layer: each waits for whoever decides about it. */
  deadLetters(machine: string): Promise<readonly DeadLetter[]>
  /** Sends one again; `settle` waits for what comes of it. Throws ProblemError when it is none, or under way already. */
  retry(letter: DeadLetter): Promise<void>
  /** Ends one unsent, a question as if it had been refused. Throws ProblemError when it is none. */
  drop(letter: DeadLetter): Promise<void>
  /** Lets time pass, then settles. */
  advance(ns: number, machine?: string): Promise<void>
  /** The timers of a machine that are set, on whatever layer. */
  timers(machine: string): Promise<readonly DueTimer[]>
  /** Everything that happened on a machine so far, in order. */
  journal(machine: string): Promise<readonly WireEntry[]>
}

/** Drives a room in this process. Its journal is read again and again; each entry becomes JSON once. */
export function systemOfRoom(room: MachineRoom): System {
  const told: WireEntry[] = []
  return {
    createMachine: async (machine) => room.create(machine),
    async tell(machine, message, data) {
      const { id, refusal } = room.post(machine, message, data)
      if (refusal !== undefined) throw refusedBy(message, refusal)
      return id
    },
    async became(machine, { type }, id) {
      await room.settled()
      const became = room.became(machine, id)
      if (became === undefined) throw new ProblemError('message-unknown', `there was no ${type} ${id}`)
      return became
    },
    // Layers in one process are compiled against their contracts.
    ask: ((machine, question, data) => room.asked(machine, question, data)) as System['ask'],
    async settle(machine) {
      await room.settled()
      if (machine !== undefined) throwIfHeld(machine, room.waits(machine))
    },
    deadLetters: async (machine) => room.letters.list(machine),
    async retry(letter) {
      if (!room.letters.retry(letter)) throw new ProblemError('letter-unknown', `${letter.id} is none, or under way`)
    },
    async drop(letter) {
      if (!room.letters.drop(letter)) throw new ProblemError('letter-unknown', `there is no dead letter ${letter.id}`)
      await room.settled()
    },
    advance: (ns) => room.advanced(ns),
    timers: async (machine) => room.timers(machine),
    async journal(machine) {
      for (const entry of room.journal().slice(told.length)) told.push(JSON.parse(entryLine(entry)) as WireEntry)
      return told.filter((entry) => entry.machine === machine)
    }
  }
}

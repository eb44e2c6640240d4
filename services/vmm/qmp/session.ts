import type { MessageType } from '../../../shared/contracts/message.ts'
import { commandOf, NEGOTIATION, versionOf, type Command } from './commands.ts'
import type { QmpEvent } from './events.ts'
import { EMPTY_STREAM, takeText, type JsonStream, type Said } from './json-stream.ts'
import { isObject, qmpText, type QmpObject, type QmpValue } from './json-value.ts'
import { failure, QmpError, success } from './qmp-error.ts'
import { requestOf, requireMembers, type Request } from './request.ts'
import type { Vm } from '../state.ts'

type Sending = Extract<Command, { readonly sends: MessageType }>

/** One client's conversation with the monitor of one VM. */
export interface Session {
  readonly negotiated: boolean
  /** Out-of-band commands are enabled. */
  readonly outOfBand: boolean
  readonly stream: JsonStream
  /** What the client said and nobody has answered. */
  readonly queue: readonly Said[]
  /** The command whose message is under way. */
  readonly running: { readonly command: Sending; readonly id: QmpValue | undefined } | undefined
  /** Events that come behind its answer. */
  readonly held: readonly TimedEvent[]
  /** The VMM's process is gone: so is the monitor, behind that answer. */
  readonly over: boolean
}
export const NEW_SESSION: Session = {
  negotiated: false,
  outOfBand: false,
  stream: EMPTY_STREAM,
  queue: [],
  running: undefined,
  held: [],
  over: false
}

/** An event with its time, in microseconds since 1970. */
export type TimedEvent = QmpEvent & { readonly microseconds: number }

export type SessionInput =
  | { readonly kind: 'opened' }
  | { readonly kind: 'text'; readonly text: string }
  /** The answer to the message that was sent, or why it is refused. */
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'event'; readonly event: TimedEvent }
  | { readonly kind: 'over' }

export type SessionEffect =
  /** A line for the client, without its end. */
  | { readonly kind: 'write'; readonly line: string }
  | { readonly kind: 'send'; readonly message: MessageType; readonly data: QmpObject }
  /** The client is let go once it has all lines; `because` says what it did wrong, if anything. */
  | { readonly kind: 'hang-up'; readonly because?: string }

/**
 * One step of a session. Commands are carried out one after the other; while the message of one is under way the rest waits.
 *
 * Spec: QEMU 10.2 monitor/qmp.c, monitor_qmp_event, monitor_qmp_dispatch, handle_qmp_command; qapi/control.json,
 * qmp_capabilities.
 * Fidelity: approximates. `oob` can be enabled, but no command here can be carried out of turn.
 */
export function stepSession(
  before: Session,
  input: SessionInput,
  vm: Vm
): readonly [Session, readonly SessionEffect[]] {
  const effects: SessionEffect[] = []
  const write = (value: QmpObject) => void effects.push({ kind: 'write', line: qmpText(value) })
  let session = before
  switch (input.kind) {
    case 'opened':
      write({ QMP: { version: versionOf(vm), capabilities: ['oob'] } })
      break
    case 'text': {
      const [stream, said] = takeText(session.stream, input.text)
      session = { ...session, stream, queue: [...session.queue, ...said] }
      break
    }
    case 'answered':
    case 'refused':
      session = finish(session, input, write)
      break
    case 'event':
      if (!session.negotiated) break
      if (session.running?.command.answersFirst === true) session = { ...session, held: [...session.held, input.event] }
      else write(eventOf(input.event))
      break
    case 'over':
      session = { ...session, over: true, queue: [] }
  }
  session = answerQueued(session, vm, effects, write)
  if (session.over && session.running === undefined) effects.push({ kind: 'hang-up' })
  return [session, effects]
}

type Write = (value: QmpObject) => void

/** What the VMM made of a command, then what happened meanwhile. */
function finish(
  session: Session,
  input: Extract<SessionInput, { kind: 'answered' | 'refused' }>,
  write: Write
): Session {
  const { running, held } = session
  if (running === undefined) return session
  const { command, id } = running
  write(
    attempt(id, () => {
      if (input.kind === 'refused') throw new QmpError(input.detail)
      return command.answer?.(input.answer) ?? {}
    })
  )
  for (const event of held) write(eventOf(event))
  return { ...session, running: undefined, held: [] }
}

function attempt(id: QmpValue | undefined, value: () => QmpValue): QmpObject {
  try {
    return success(value(), id)
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    return failure(error, id)
  }
}

/** Answers what the client said, up to a command that takes its time. */
function answerQueued(before: Session, vm: Vm, effects: SessionEffect[], write: Write): Session {
  let session = before
  let at = 0
  for (; at < before.queue.length && session.running === undefined && !session.over; at++) {
    const said = before.queue[at] as Said
    if (said.kind === 'http') {
      effects.push({ kind: 'hang-up', because: `it sent ${said.verb} of HTTP` })
      return { ...session, queue: [] }
    }
    if (said.kind === 'error') write(failure(new QmpError(said.desc)))
    else session = execute(session, said.value, vm, effects, write)
  }
  return { ...session, queue: session.queue.slice(at) }
}

function execute(session: Session, value: QmpValue, vm: Vm, effects: SessionEffect[], write: Write): Session {
  const id = isObject(value) ? value['id'] : undefined
  let next = session
  try {
    const request = requestOf(value, session.outOfBand)
    if (request.command === NEGOTIATION) {
      next = negotiate(session, request)
      write(success({}, id))
      return next
    }
    const command = known(session, request, vm)
    requireMembers(request.args, command.takes)
    if ('reads' in command) write(success(command.reads(vm, request.args), id))
    else {
      const data = { vm: vm.name, ...command.with?.(request.args) }
      effects.push({ kind: 'send', message: command.sends, data })
      next = { ...session, running: { command, id } }
    }
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    write(failure(error, id))
  }
  return next
}

function known({ negotiated }: Session, { command: name, isOutOfBand }: Request, vm: Vm): Command {
  if (!negotiated) {
    throw new QmpError("Expecting capabilities negotiation with 'qmp_capabilities'", 'CommandNotFound')
  }
  const command = commandOf(vm, name)
  if (command === undefined) throw new QmpError(`The command ${name} has not been found`, 'CommandNotFound')
  if (isOutOfBand) throw new QmpError(`The command ${name} does not support OOB`)
  return command
}

function negotiate(session: Session, { args }: Request): Session {
  if (session.negotiated) {
    throw new QmpError('Capabilities negotiation is already complete, command ignored', 'CommandNotFound')
  }
  requireMembers(args, { enable: { type: 'array', optional: true } })
  const enable = (args['enable'] ?? []) as readonly QmpValue[]
  for (const capability of enable) {
    if (typeof capability !== 'string') throw new QmpError("Invalid parameter type for 'enable', expected: string")
    if (capability !== 'oob') throw new QmpError(`Parameter 'enable' does not accept value '${capability}'`)
  }
  return { ...session, negotiated: true, outOfBand: enable.length > 0 }
}

function eventOf({ microseconds, event, data }: TimedEvent): QmpObject {
  const timestamp = { seconds: Math.floor(microseconds / 1e6), microseconds: Math.floor(microseconds % 1e6) }
  return data === undefined ? { timestamp, event } : { timestamp, event, data }
}

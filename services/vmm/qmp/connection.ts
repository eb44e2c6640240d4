import type { Socket } from 'node:net'
import type { MessageType } from '../../../shared/contracts/message.ts'
import type { Reply } from '../../../shared/transport/transport.ts'
import type { QmpObject } from './json-value.ts'
import {
  NEW_SESSION,
  stepSession,
  type Session,
  type SessionEffect,
  type SessionInput,
  type TimedEvent
} from './session.ts'
import type { Vm } from '../state.ts'

/** Bytes that may wait for a client to read them; one that lets more pile up is let go. */
export const UNREAD_BYTES = 1024 * 1024
/** How long a client has to take what it was sent last. */
const LINGER_MS = 5000

export interface ConnectionPorts {
  /** The VM as it is now, or as it was last. */
  vm(): Vm
  /** Offers a message as from outside; the answer comes later, never within the call. */
  send(message: MessageType, data: QmpObject, answered: (reply: Reply) => void): void
  /** A client was let go for what it did. */
  dropped(because: string): void
  closed(connection: Connection): void
}

/** A client's connection: carries a session's text to and fro, and does nothing by itself. */
export class Connection {
  readonly #socket: Socket
  readonly #ports: ConnectionPorts
  #session: Session = NEW_SESSION
  #isLeaving = false
  /** It sends no more; what it has sent is answered still. */
  #hasSaidAll = false

  constructor(socket: Socket, ports: ConnectionPorts) {
    this.#socket = socket
    this.#ports = ports
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#step({ kind: 'text', text }))
    socket.on('end', () => {
      this.#hasSaidAll = true
      this.#leaveWhenDone()
    })
    // Whoever goes away without a word has gone: `close` follows.
    socket.on('error', () => undefined)
    socket.on('close', () => ports.closed(this))
    this.#step({ kind: 'opened' })
  }

  event(event: TimedEvent): void {
    this.#step({ kind: 'event', event })
  }

  /** The VMM's process is gone. */
  over(): void {
    this.#step({ kind: 'over' })
  }

  /** At once. */
  destroy(): void {
    this.#socket.destroy()
  }

  #step(input: SessionInput): void {
    if (this.#isLeaving || this.#socket.destroyed) return
    const [session, effects] = stepSession(this.#session, input, this.#ports.vm())
    this.#session = session
    for (const effect of effects) this.#carryOut(effect)
    if (this.#socket.destroyed) return
    // What is not read stays with the client.
    if (session.running === undefined) this.#socket.resume()
    else this.#socket.pause()
    this.#leaveWhenDone()
  }

  #leaveWhenDone(): void {
    if (this.#hasSaidAll && this.#session.running === undefined) this.#leave()
  }

  #carryOut(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'write':
        if (this.#socket.destroyed) return
        this.#socket.write(`${effect.line}\r\n`)
        if (this.#socket.writableLength > UNREAD_BYTES)
          this.#drop(`it reads nothing: ${UNREAD_BYTES} bytes wait for it`)
        return
      case 'send':
        this.#ports.send(effect.message, effect.data, (reply) => this.#step(inputOf(reply)))
        return
      case 'hang-up':
        if (effect.because !== undefined) return this.#drop(effect.because)
        this.#leave()
    }
  }

  #leave(): void {
    this.#isLeaving = true
    this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy())
    this.#socket.resume()
    this.#socket.destroySoon()
  }

  #drop(because: string): void {
    this.#isLeaving = true
    this.#ports.dropped(because)
    this.#socket.destroy()
  }
}

function inputOf(reply: Reply): SessionInput {
  if (reply.kind === 'refused') return { kind: 'refused', detail: reply.problem.detail }
  return { kind: 'answered', answer: reply.kind === 'answered' ? reply.answer : {} }
}

import type { Gather } from '../transport/link-frames.ts'
import { NS_PER_MS, type Timers } from '../transport/timers.ts'

/** Frames that are worked off before others have their turn, and characters of them. */
const SLICE_FRAMES = 128
const SLICE_UNITS = 262_144
/** Bytes of replies that may wait for the other end to read them. */
const REPLIES_MAX_BYTES = 1_048_576
/** How long it may read none of them. */
const UNREAD_MS = 30_000
const POLICY_VIOLATION = 1008

/** A link from the side that was called, or what stands for one. */
export interface FlowSocket {
  isOpen(): boolean
  send(text: string): void
  close(code: number, reason: string): void
  /** Ends it at once. */
  terminate(): void
  /** Bytes that were sent and have not left. */
  buffered(): number
  /** Reads nothing more, so that the other end can send no more. */
  pause(): void
  resume(): void
}

export interface FlowPorts {
  readonly socket: FlowSocket
  readonly timers: Timers
  readonly later: Gather
  /** Works off one line. */
  readonly take: (line: string) => void
}

/**
 * The lines of a link in their order, a slice at a time: whoever sends many gets no more turns than others. Nothing is read
 * while lines wait, or while the other end does not read what it is told.
 */
export class LinkFlow {
  readonly #ports: FlowPorts
  #texts: string[] = []
  /** Where in the first text to go on. */
  #at = 0
  #isWaiting = false
  #isUnread = false
  #isOver = false
  #stopUnread: (() => void) | undefined

  constructor(ports: FlowPorts) {
    this.#ports = ports
  }

  received(text: string): void {
    if (this.#isOver) return
    this.#texts.push(text)
    if (!this.#isWaiting) this.#work()
  }

  send(text: string): void {
    if (!this.#ports.socket.isOpen()) return
    this.#ports.socket.send(text)
    this.look()
  }

  /** Nothing of what has come is worked off any more. */
  end(): void {
    this.#isOver = true
    this.#texts = []
    this.#stopUnread?.()
  }

  /** Whether the other end reads what it is told; called when something was sent or has left. */
  look(): void {
    if (this.#isOver) return
    const { socket, timers } = this.#ports
    const buffered = socket.buffered()
    if (!this.#isUnread && buffered > REPLIES_MAX_BYTES) {
      this.#isUnread = true
      socket.pause()
      this.#stopUnread = timers.setTimer(UNREAD_MS * NS_PER_MS, () => {
        this.end()
        socket.close(POLICY_VIOLATION, 'the replies are not read')
        socket.terminate()
      })
    } else if (this.#isUnread && buffered <= REPLIES_MAX_BYTES / 2) {
      this.#isUnread = false
      this.#stopUnread?.()
      if (!this.#isWaiting) socket.resume()
    }
  }

  #work(): void {
    let frames = 0
    let units = 0
    while (this.#texts.length > 0) {
      if (frames >= SLICE_FRAMES || units >= SLICE_UNITS) return this.#wait()
      const line = this.#next()
      frames++
      units += line.length
      this.#ports.take(line)
    }
    if (!this.#isWaiting) return
    this.#isWaiting = false
    if (!this.#isUnread && !this.#isOver) this.#ports.socket.resume()
  }

  #next(): string {
    const [text = ''] = this.#texts
    const end = text.indexOf('\n', this.#at)
    if (end >= 0) {
      const line = text.slice(this.#at, end)
      this.#at = end + 1
      return line
    }
    this.#texts.shift()
    const line = this.#at === 0 ? text : text.slice(this.#at)
    this.#at = 0
    return line
  }

  #wait(): void {
    if (!this.#isWaiting) this.#ports.socket.pause()
    this.#isWaiting = true
    this.#ports.later(() => this.#work())
  }
}

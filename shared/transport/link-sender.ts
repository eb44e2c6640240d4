import type { Layer } from '../contracts/layer.ts'
import type { Problem } from '../contracts/problem.ts'
import { Held, isFull, type HeldBounds } from './held.ts'
import { Lanes } from './lanes.ts'
import { FRAME_MAX_BYTES, frameLine, isLonger, type FrameWriter, type ReplyFrame } from './link-frames.ts'
import { eventLine, jobOf, LinkLane, type Job } from './link-lane.ts'
import { LinkWindow } from './link-window.ts'
import { replyFrameOf, replyOf, tooLongFor } from './link-reply.ts'
import { passingOf, type Passing } from './passing.ts'
import { Patience, type PatienceMs } from './patience.ts'
import type { Timers } from './timers.ts'
import type { Outgoing, Reply } from './transport.ts'

/** Frames of one machine that may be without a reply at a time. */
const LANE_WINDOW = 512

export interface LinkSenderPorts {
  readonly from: Layer
  readonly timers: Timers
  readonly patience: PatienceMs | undefined
  /** Where to write frames, while a link is open. */
  readonly writer: () => FrameWriter | undefined
  /** What came over the link is no protocol of ours. */
  readonly breakLink: (reason: string) => void
  /** Whether something of a machine goes another way, and must arrive first. */
  readonly isHeldBack: (machine: string) => boolean
}

/** The messages for one neighbour: in order for each machine, over whatever link is open, until each has its reply. */
export class LinkSender {
  readonly #ports: LinkSenderPorts
  readonly #lanes = new Lanes(() => new LinkLane())
  /** Lanes in which something waits for its turn; who had a turn is behind the others. */
  readonly #waiting = new Set<LinkLane>()
  readonly #window = new LinkWindow()
  readonly #held = new Held()
  #place = 0
  #retries = 0

  constructor(ports: LinkSenderPorts) {
    this.#ports = ports
  }

  /** How much waits here or is under way, and how often something was sent once more. */
  get load(): { readonly messages: number; readonly bytes: number; readonly retries: number } {
    const { messages, bytes } = this.#held
    return { messages, bytes, retries: this.#retries }
  }

  /** As `Transport.deliver`. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    const lane = this.#lanes.of(message.machine)
    const job = jobOf(message, done, lane, eventLine(this.#ports.from, message), ++this.#place)
    lane.add(job)
    this.#held.add(job.event.length)
    this.#pump(lane)
    return () => this.#giveUp(job)
  }

  /** Whether so much of a machine waits here that nobody outside may cause more of it. */
  isFullFor(machine: string, bounds: HeldBounds): boolean {
    return isFull(this.#lanes.find(machine)?.held, this.#held, bounds)
  }

  /** Drops all that waits of a machine, and what is known of it. */
  forget(machine: string): void {
    const lane = this.#lanes.find(machine)
    if (lane === undefined) return
    lane.stopPause?.()
    for (const job of this.#window.jobs.filter((each) => each.lane === lane)) {
      this.#window.drop(job)
      this.#letGo(job)
    }
    for (const job of [...lane.queue, ...lane.sends]) if (!job.isOver) this.#letGo(job)
    lane.sends = []
    this.#waiting.delete(lane)
    this.#lanes.delete(machine)
    this.#pumpAll()
  }

  close(): void {
    for (const lane of this.#lanes.all()) lane.stopPause?.()
  }

  /** Another link is open. */
  opened(): void {
    this.#window.restart()
    this.#pumpAll()
  }

  /** The link is gone: everything without a reply goes back to the front of its lane. */
  takeBack(): void {
    for (const job of this.#window.jobs.toReversed()) {
      this.#retries++
      this.#window.drop(job)
      job.lane.queue.unshift(job)
      this.#waiting.add(job.lane)
    }
  }

  /** No link will be open for a while: hands over whatever waits, machine by machine and in order. */
  handOver(deliver: (message: Outgoing, done: (reply: Reply) => void) => () => void): void {
    this.takeBack()
    this.#waiting.clear()
    for (const lane of this.#lanes.all()) {
      lane.startAnew()
      for (const job of lane.queue.splice(0)) {
        this.#notHeld(job)
        job.giveUpThere = deliver(job.message, (reply) => {
          if (!job.isOver) this.#replied(job, reply)
        })
      }
    }
  }

  /** What was sent another way has arrived. */
  goesOn(machine: string): void {
    const lane = this.#lanes.find(machine)
    if (lane !== undefined) this.#pump(lane)
  }

  /** Takes in what came over the link: replies, a line each. */
  received(text: string): void {
    const wasFull = this.#window.isFull
    try {
      for (const line of text.split('\n')) {
        const frame = replyFrameOf(line)
        if (frame === undefined) return this.#ports.breakLink('what it sends are no replies')
        this.#reply(frame)
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.#ports.breakLink('its frames are not JSON')
    }
    if (wasFull) this.#pumpAll()
  }

  #pump(lane: LinkLane): void {
    const writer = this.#ports.writer()
    while (lane.queue.length > 0) {
      const [job] = lane.queue
      if (job === undefined || writer === undefined || lane.stopPause !== undefined || this.#window.isFull) break
      if (lane.underWay >= (lane.isProven ? LANE_WINDOW : 1) || this.#ports.isHeldBack(job.message.machine)) break
      lane.queue.shift()
      if (isLonger(job.event, FRAME_MAX_BYTES)) {
        this.#replied(job, tooLongFor(job.message))
        continue
      }
      writer.writeLine(frameLine(this.#window.add(job), job.event, lane.resumes))
      lane.resumes = false
    }
    if (lane.queue.length === 0) this.#waiting.delete(lane)
    else this.#waiting.add(lane)
  }

  #pumpAll(): void {
    for (const lane of [...this.#waiting]) {
      if (this.#window.isFull) return
      this.#waiting.delete(lane)
      this.#pump(lane)
    }
  }

  #giveUp(job: Job): void {
    if (job.isOver) return
    this.#letGo(job)
    job.lane.sends = job.lane.sends.filter((one) => one !== job)
    if (job.giveUpThere !== undefined) return job.giveUpThere()
    if (job.seq === undefined) {
      job.lane.queue = job.lane.queue.filter((one) => one !== job)
      return this.#pump(job.lane)
    }
    const wasFull = this.#window.isFull
    this.#window.drop(job)
    if (wasFull) this.#pumpAll()
    else this.#pump(job.lane)
  }

  /** Nobody waits for it any more. */
  #letGo(job: Job): void {
    job.isOver = true
    this.#notHeld(job)
  }

  #notHeld(job: Job): void {
    if (!job.isHeld) return
    job.isHeld = false
    job.lane.held.drop(job.event.length)
    this.#held.drop(job.event.length)
  }

  /** Whoever sent it is told in the order of `deliver`; answers to questions have none. */
  #replied(job: Job, reply: Reply): void {
    if (job.message.message.reply !== undefined) return this.#over(job, reply)
    const { sends } = job.lane
    job.reply = reply
    for (let [first] = sends; first?.reply !== undefined; [first] = sends) {
      sends.shift()
      this.#over(first, first.reply)
    }
  }

  #over(job: Job, reply: Reply): void {
    this.#letGo(job)
    job.done(reply)
  }

  #reply(frame: ReplyFrame): void {
    const seq = 'ack' in frame ? frame.ack : frame.seq
    const job = this.#window.take(seq)
    if (job === undefined) return
    const { lane } = job
    const passing = 'problem' in frame ? passingOf(frame.problem) : undefined
    if ('problem' in frame && passing !== undefined) return this.#notNow(lane, job, frame.problem, passing)
    lane.isProven = true
    lane.hopeless.why = undefined
    lane.backOff.reset()
    this.#replied(job, replyOf(frame, job.message.id))
    this.#pump(lane)
  }

  /** It is not taken now: it is tried again after a pause, or given up. */
  #notNow(lane: LinkLane, job: Job, told: Problem, why: Passing): void {
    job.patience ??= new Patience(lane.hopeless, this.#ports.patience)
    const pause = lane.backOff.next()
    if (!job.patience.isOver(why, pause)) return this.#pause(lane, job, pause)
    lane.isProven = false
    lane.resumes = true
    this.#replied(job, job.patience.givenUp(told))
    this.#pump(lane)
  }

  /** The neighbour cannot take it now, nor what was sent behind it: the machine's messages wait, in their order. */
  #pause(lane: LinkLane, job: Job, pause: number): void {
    this.#retries++
    lane.putBack(job)
    this.#waiting.add(lane)
    lane.isProven = false
    lane.resumes = true
    lane.stopPause ??= this.#ports.timers.setTimer(pause, () => {
      lane.stopPause = undefined
      this.#pump(lane)
    })
  }
}

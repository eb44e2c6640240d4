import type { Job } from './link-lane.ts'

/** Frames that may be without a reply at a time, and their characters. */
const MOST_FRAMES = 1024
const MOST_UNITS = 4 * 1_048_576

/** The frames of one link that have no reply yet. */
export class LinkWindow {
  readonly #jobs = new Map<number, Job>()
  #units = 0
  /** Of the last frame on the link that is open; 0 before the first. */
  #seq = 0

  get isFull(): boolean {
    return this.#jobs.size >= MOST_FRAMES || this.#units >= MOST_UNITS
  }

  /** Those in it, the oldest first. */
  get jobs(): readonly Job[] {
    return [...this.#jobs.values()]
  }

  /** Another link is open, and nothing is on it. */
  restart(): void {
    this.#seq = 0
  }

  /** A message leaves; gives its frame's number. */
  add(job: Job): number {
    job.seq = ++this.#seq
    job.lane.underWay++
    this.#jobs.set(job.seq, job)
    this.#units += job.event.length
    return job.seq
  }

  /** A frame counts as replied to; gives its message, or undefined when there was none of this number. */
  take(seq: number): Job | undefined {
    const job = this.#jobs.get(seq)
    if (job !== undefined) this.drop(job)
    return job
  }

  drop(job: Job): void {
    if (job.seq === undefined) return
    this.#jobs.delete(job.seq)
    this.#units -= job.event.length
    job.seq = undefined
    job.lane.underWay--
  }
}

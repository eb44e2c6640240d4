import { problem } from '../contracts/problem.ts'
import type { Instance } from './instance.ts'
import { ANSWERS, REMEMBERED } from './retention.ts'
import { tell, type Seen } from './seen.ts'
import { weightOf } from './weight.ts'

/** What a remembered input takes besides its id, about, in bytes. */
const SEEN_BYTES = 150
const weightOfSeen = ({ id }: Seen) => SEEN_BYTES + id.length

/** Remembers an input, and forgets the oldest beyond `REMEMBERED`, but none whose sender still waits. */
export function remember(instance: Instance, seen: Seen): void {
  const { seen: known, remembered } = instance
  if (!known.has(seen.id)) remembered.ids += weightOfSeen(seen)
  known.set(seen.id, seen)
  const isOver = () => known.size > REMEMBERED.ids || remembered.ids > REMEMBERED.bytes
  // A look at the oldest costs more than the rest: that something is too old is looked for now and then only.
  if (!isOver() && (known.size & LOOK_MASK) !== 0) return
  for (const oldest of known.values()) {
    if (oldest === seen || oldest.reply === undefined) return
    if (!isOver() && oldest.time >= seen.time - REMEMBERED.ageNs) return
    forget(instance, oldest)
  }
}

/** Forgets the inputs that are too old by now, but none whose sender still waits. */
export function forgetOld(instance: Instance, now: number): void {
  for (const oldest of instance.seen.values()) {
    if (oldest.reply === undefined || oldest.time >= now - REMEMBERED.ageNs) return
    forget(instance, oldest)
  }
}

/** Forgets an input: a repeat of it would take effect. */
export function forget(instance: Instance, seen: Seen): void {
  const { remembered } = instance
  if (instance.seen.delete(seen.id)) remembered.ids -= weightOfSeen(seen)
  if (instance.answered.delete(seen)) remembered.answers -= weightOfAnswer(seen)
}

/** How many inputs come between two looks for old ones, less one. */
const LOOK_MASK = 63

const weightOfAnswer = ({ reply }: Seen) => (reply?.kind === 'answered' ? weightOf(reply.answer) : 0)

/** Gives a question its answer, and forgets the oldest answer. */
export function tellAnswer(instance: Instance, seen: Seen, answer: unknown): void {
  tell(seen, { kind: 'answered', journalled: true, answer })
  keepAnswer(instance, seen)
}

/** Keeps the answer that an input was given, and forgets the oldest beyond `ANSWERS`. */
export function keepAnswer(instance: Instance, seen: Seen): void {
  const { answered, remembered } = instance
  answered.add(seen)
  remembered.answers += weightOfAnswer(seen)
  while (answered.size > ANSWERS.count || (remembered.answers > ANSWERS.bytes && answered.size > 1)) {
    const [oldest] = answered
    if (oldest === undefined) return
    answered.delete(oldest)
    remembered.answers -= weightOfAnswer(oldest)
    const forgotten = problem('answer-forgotten', `${oldest.type} was answered long ago`, { instance: oldest.id })
    oldest.reply = { kind: 'refused', journalled: true, problem: forgotten }
  }
}

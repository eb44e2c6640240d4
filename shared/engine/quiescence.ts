import type { Waits } from '../contracts/became.ts'
import type { Layer } from '../contracts/layer.ts'
import { holdingLetters, type Instance } from './instance.ts'
import { undelivered } from './waits.ts'

/** What is still under way. A system is at rest when nothing waits and, looked at twice, nothing was accepted. */
export interface Quiescence {
  /** Inputs taken in, messages and questions that left, and those of them that have arrived or been answered. */
  readonly accepted: number
  readonly sent: number
  readonly delivered: number
  /** Those that will not arrive unless a person has them sent again: dead letters, and the messages that were dropped as such. */
  readonly dead: number
  /** Questions whose answers will come; one that holds its machine as a dead letter waits for a person. */
  readonly waitingAsks: number
  /** What has not arrived or been answered: whose it is and for how long by now, the first `NAMED` of each machine. */
  readonly waits: readonly (Waits & { readonly machine: string })[]
  readonly timers: readonly { machine: string; id: string; type: string; dueInNs: number }[]
}

type Due = Quiescence['timers'][number]

/** So many of what a machine waits for are named. */
const NAMED = 20

/**
 * One pass over what there is: it is asked again and again, of services with many machines. `counted` are inputs and
 * questions of machines that are gone, too; without it those of the instances alone count.
 */
export function quiescenceOf(
  layer: Layer,
  instances: Iterable<Instance>,
  now: number,
  counted?: { readonly accepted: number; readonly asked: number }
): Quiescence {
  let accepted = 0
  let asked = 0
  let sent = 0
  let delivered = 0
  let waitingAsks = 0
  let dead = 0
  const waits: (Waits & { readonly machine: string })[] = []
  const dues: Due[] = []
  for (const instance of instances) {
    const { machine, lanes, asked: waiting, timers } = instance
    accepted += instance.accepted
    asked += instance.questions
    const held = holdingLetters(instance)
    const holding = held.length
    waitingAsks += waiting.size - holding
    const messages = messageLetters(instance)
    dead += holding + messages.dead + instance.dropped
    delivered -= holding + messages.all + instance.dropped
    for (const lane of lanes.values()) {
      sent += lane.sent
      delivered += lane.delivered
    }
    for (const { timer, due } of timers.values()) {
      dues.push({ machine, id: timer.id, type: timer.type, dueInNs: Math.max(0, due - now) })
    }
    for (const one of undelivered(layer, instance, { now, held, limit: NAMED })) waits.push({ machine, ...one })
  }
  const questions = counted?.asked ?? asked
  return {
    accepted: counted?.accepted ?? accepted,
    sent: questions + sent,
    delivered: questions - waitingAsks + delivered,
    dead,
    waitingAsks,
    waits,
    timers: dues
  }
}

/** Whether nothing is on its way: all that left has arrived, been answered or been given up. */
export const isIdle = ({
  sent,
  delivered,
  dead = 0,
  waitingAsks
}: Pick<Quiescence, 'sent' | 'delivered' | 'waitingAsks'> & Partial<Pick<Quiescence, 'dead'>>) =>
  sent === delivered + dead && waitingAsks === 0

/** Messages that were given up, and those of them that are not being sent again. */
function messageLetters(instance: Instance): { readonly all: number; readonly dead: number } {
  if (!instance.hasLetters) return NO_MESSAGES
  let all = 0
  let dead = 0
  for (const { id, kind } of instance.letters.values()) {
    if (kind !== 'message') continue
    all++
    if (!instance.retried.has(id)) dead++
  }
  return { all, dead }
}
const NO_MESSAGES = { all: 0, dead: 0 }

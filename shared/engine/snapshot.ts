import type { DeadLetter } from '../contracts/dead-letter.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Ask, Send } from '../model/step.ts'
import type { Reply } from '../transport/transport.ts'
import type { Armed, Asked, Instance } from './instance.ts'
import type { Seen } from './seen.ts'
import { laneOf } from './instance.ts'
import { keepAnswer, remember } from './remembering.ts'
import { stateOfJson, stateOfText, textOfState } from './state-text.ts'

/** Raised when an image has other parts than before; a snapshot of another form is refused. */
export const SNAPSHOT_FORM = 1

/** What is kept of an input that was taken in: `reply` is absent for one that was accepted, which says no more. */
type SeenImage = readonly [
  id: string,
  type: string,
  from: Seen['from'],
  time: number,
  seq: number,
  body: number | null,
  reply?: Reply | null
]

/** One machine's share of a layer as plain data: all that its inputs have led to, and that it still has to do. */
interface Image {
  readonly state: unknown
  readonly made: number
  /** Position of its newest journal entry. */
  readonly place: number
  readonly seen: readonly SeenImage[]
  /** Which of those have their answers kept, the oldest answer first. */
  readonly answered: readonly number[]
  readonly asked: readonly Pick<Asked, 'ask' | 'traceparent' | 'behind' | 'since'>[]
  readonly timers: readonly Omit<Armed, 'stop'>[]
  readonly lanes: readonly (readonly [to: Layer, sent: number, delivered: number])[]
  /** What was sent and not accepted yet, in its order. */
  readonly out: readonly Send[]
  readonly letters: readonly DeadLetter[]
  /** Inputs taken in and questions asked so far; older images do not say. */
  readonly counted?: readonly [accepted: number, questions: number]
  /** Dead letters that were dropped, if there were any. */
  readonly dropped?: number
}

/** A machine as text. It must have nothing that waits to be kept. Throws for a state that is not plain data. */
export function imageOf(instance: Instance): string {
  const { state, made, place, seen, answered, asked, timers, lanes, out, letters } = instance
  const at = new Map([...seen.values()].map((each, index) => [each, index]))
  const image: Image = {
    state,
    made,
    place,
    seen: [...seen.values()].map(imageOfSeen),
    answered: [...answered].flatMap((each) => at.get(each) ?? []),
    asked: [...asked].map(({ ask, traceparent, behind, since }) => ({ ask, traceparent, behind, since })),
    timers: [...timers.values()].map(({ timer, due, traceparent }) => ({ timer, due, traceparent })),
    lanes: [...lanes].map(([to, { sent, delivered }]) => [to, sent, delivered]),
    out: [...out.values()],
    letters: [...letters.values()],
    counted: [instance.accepted, instance.questions],
    ...(instance.dropped === 0 ? {} : { dropped: instance.dropped })
  }
  return textOfState(image)
}

/**
 * Makes a machine what it was when `imageOf` was asked. Its lanes have the marks that were kept since: what has been
 * delivered meanwhile is not held to leave again. A machine that has nothing to do sleeps: most of a text is its state and what
 * it remembers, and after a restart many are never asked for.
 */
export function restore(instance: Instance, text: string): void {
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>
  const idle = idleImage(json)
  if (idle === undefined) {
    const image = stateOfJson(json) as Image
    fill(instance, image)
    resume(instance, image)
    return
  }
  resume(instance, idle)
  instance.sleep(() => {
    const image = stateOfText(text) as Image
    return () => fill(instance, image)
  })
}

type Work = Omit<Image, 'state' | 'seen' | 'answered'>

/** What an image says of a machine that has nothing to do, besides its state and what it remembers; undefined of another one. */
function idleImage(json: Readonly<Record<string, unknown>>): Work | undefined {
  if (WORK.some((name) => JSON.stringify(json[name]) !== NO_ITEMS)) return undefined
  // Lists of numbers and names refer to nothing else in the text.
  const names = ['made', 'place', 'lanes', 'counted', 'dropped', ...WORK]
  const parts = names.filter((name) => name in json).map((name) => [name, stateOfJson(json[name])])
  return Object.fromEntries(parts) as Work
}
const WORK = ['asked', 'timers', 'out', 'letters'] as const satisfies readonly (keyof Work)[]
const NO_ITEMS = textOfState([])

/** The state of a machine, and what it remembers. */
function fill(instance: Instance, { state, seen: images, answered }: Image): void {
  instance.state = state
  const seen = images.map(seenOfImage)
  for (const each of seen) remember(instance, each)
  for (const index of answered) {
    const each = seen[index]
    if (each !== undefined) keepAnswer(instance, each)
  }
}

/** What a machine has still to do. */
function resume(instance: Instance, image: Work): void {
  instance.made = image.made
  instance.place = image.place
  ;[instance.accepted, instance.questions] = image.counted ?? [0, image.asked.length]
  instance.dropped = image.dropped ?? 0
  for (const each of image.asked) instance.asked.add({ ...each, giveUp: undefined, stop: undefined })
  for (const armed of image.timers) instance.timers.set(armed.timer.id, { ...armed, stop: undefined })
  for (const letter of image.letters) instance.letters.set(letter.id, letter)
  instance.held.push(...heldOf(image, instance))
}

const ACCEPTED = { kind: 'accepted', journalled: true } as const

function imageOfSeen({ id, type, from, time, seq, body, reply }: Seen): SeenImage {
  const said = [id, type, from, time, seq, body ?? null] as const
  return reply?.kind === 'accepted' ? said : [...said, reply ?? null]
}

function seenOfImage([id, type, from, time, seq, body, reply = { ...ACCEPTED, id, seq }]: SeenImage): Seen {
  return { id, type, from, time, seq, body: body ?? undefined, reply: reply ?? undefined, waiting: [] }
}

/** What has to leave again, so that each layer gets its own in the order in which it was sent and asked. */
function heldOf({ lanes, out, asked }: Work, instance: Instance): readonly (Send | Ask)[] {
  const held: (Send | Ask)[] = []
  const questions = asked.map((each) => ({ ...each, isHeld: false }))
  for (const [to, sent, delivered] of lanes) {
    const lane = laneOf(instance, to)
    const waiting = out.filter((send) => send.to === to)
    const ended = Math.max(0, lane.delivered - delivered)
    lane.sent = sent
    lane.delivered = Math.max(delivered, lane.delivered)
    for (const [index, send] of waiting.slice(ended).entries()) {
      const number = sent - waiting.length + ended + index + 1
      for (const question of questions) {
        if (question.isHeld || question.ask.to !== to || question.behind >= number) continue
        question.isHeld = true
        held.push(question.ask)
      }
      held.push(send)
    }
  }
  return [...held, ...questions.filter(({ isHeld }) => !isHeld).map(({ ask }) => ask)]
}

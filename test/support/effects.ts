import { MODELS } from '../../services/layers.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { messageType } from '../../shared/contracts/registry.ts'
import { wire } from '../../shared/contracts/validate.ts'
import type { AnyModel, Ask, Effect, Input } from '../../shared/model/step.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/**
 * Checks a machine's merged journal against the models, whatever the order in which things happened: each layer's
 * model, given the inputs that its journal has, must ask for exactly the notes that the journal has and the messages
 * that its neighbours' journals have from it. What is only on one side was lost, done twice, or made up.
 */
export interface Difference {
  /** Asked for by a model, and in no journal, not even as refused. */
  readonly lost: readonly string[]
  /** In a journal, and asked for by no model. */
  readonly madeUp: readonly string[]
  /** In the journals more than once. */
  readonly twice: readonly string[]
}

/** `isLeftOut` says which ids do not count: of what was under way when the journals were read. */
export function differences(journal: readonly WireEntry[], isLeftOut: (id: string) => boolean): Difference {
  const asked = MODELS.flatMap((model) => effectsOf(model, journal))
    .filter(({ kind }) => kind === 'send' || kind === 'ask' || kind === 'note')
    .map((effect) => nameOf(effect as Extract<Effect, { kind: 'send' | 'ask' | 'note' }>))
  const happened = journal
    .filter(({ kind, from }) => kind === 'note' || (kind === 'message' && from !== 'outside' && from !== 'timer'))
    .map(nameOf)
  const counts = (id: string) => !isLeftOut(id.slice(0, id.indexOf(' ')))
  // A receiver that refused a message has had it.
  const refused = journal.filter(({ kind }) => kind === 'refusal').map(nameOf)
  const [wanted, found] = [new Set(asked), new Set([...happened, ...refused])]
  return {
    lost: asked.filter((name) => !found.has(name)).filter(counts),
    madeUp: happened.filter((name) => !wanted.has(name)).filter(counts),
    twice: happened.filter((name, i) => happened.indexOf(name) !== i)
  }
}

const nameOf = ({ id, type }: { readonly id: string; readonly type: string }) => `${id} ${type}`

/** All that a layer's model asks for when it is given the inputs that its journal has, in their order. */
function effectsOf(model: AnyModel, journal: readonly WireEntry[]): readonly Effect[] {
  const { layer } = model
  const own = journal.filter((entry) => entry.layer === layer && entry.to === layer)
  const asked = new Map<string, Ask>()
  const all: Effect[] = []
  let state = model.initial(own[0]?.machine ?? '')
  for (const entry of own) {
    if (entry.kind !== 'message' && entry.kind !== 'answer') continue
    const [next, effects] = model.step(state, inputOf(layer, entry, asked))
    if (effects.some((effect) => effect.kind === 'refusal' && (effect.input ?? entry).id === entry.id)) {
      throw new Error(`${layer} has ${entry.id} in its journal, and its model refuses it`)
    }
    state = next
    for (const effect of effects) if (effect.kind === 'ask') asked.set(effect.id, effect)
    all.push(...effects)
  }
  return all
}

function inputOf(layer: Layer, entry: WireEntry, asked: ReadonlyMap<string, Ask>): Input {
  const { id, type, from, time, data } = entry
  if (entry.kind === 'message') {
    const row = messageType(layer, type)
    return { id, type, from, time, data: row === undefined || from === 'timer' ? data : parsed(row.data, data) }
  }
  const ask = asked.get(id.slice(0, -'.a'.length))
  if (ask === undefined) throw new Error(`${layer} has the answer ${id}, and asked no such thing`)
  const input = { id, type: 'answer', from, time }
  if (entry.fallback === true) return { ...input, data: ask.fallback }
  if ((data as { refused?: unknown } | null)?.refused !== undefined) return { ...input, data }
  return { ...input, data: parsed(messageType(ask.to, ask.type)?.reply, data) }
}

function parsed(schema: Parameters<typeof wire>[0] | undefined, json: unknown): unknown {
  if (schema === undefined) throw new Error('an answer to what is no question')
  const read = wire(schema).parse(json)
  if ('error' in read) throw new Error(`${read.error.field}: ${read.error.detail}`)
  return read.value
}

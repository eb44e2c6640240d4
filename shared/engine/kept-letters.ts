import type { DeadLetter } from '../contracts/dead-letter.ts'
import type { Compaction } from './compaction.ts'
import { noLetter } from './dead-letters.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Instance } from './instance.ts'
import type { EnginePorts } from './ports.ts'
import { weightOf } from './weight.ts'

export interface KeptLettersParts {
  readonly ports: Pick<EnginePorts, 'model' | 'store'>
  readonly commit: GroupCommit
  readonly compaction: Compaction | undefined
  readonly now: () => number
}

const NOTHING = () => undefined

/** Keeps whether a message is a dead letter now, as soon as that can be kept. */
export function keepLetter(
  parts: KeptLettersParts,
  instance: Instance,
  message: Pick<DeadLetter, 'id' | 'type'>
): void {
  const { ports, commit, compaction, now } = parts
  const { store, model } = ports
  if (!store.durable) return
  const again = () => keepLetter(parts, instance, message)
  if (instance.leaving !== undefined) return void instance.leaving.push(again)
  const time = now()
  const { id, type } = message
  const { machine, letters, dropped } = instance
  const data = letters.get(id) ?? noLetter(dropped)
  store.append({ form: 'letter', machine, id, type, from: model.layer, cause: undefined, time, data })
  compaction?.kept(instance, time, weightOf(data))
  commit.later(NOTHING, () => void commit.retry(again))
}

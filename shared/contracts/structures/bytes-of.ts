import { titleOf, type FieldKind } from '../../formats/fields/fields-of.ts'
import { memoryKind } from '../../formats/fields/memory-kind.ts'
import { faultOf, type Fault } from '../../formats/format-error.ts'
import { built, type Found } from './found.ts'
import type { Part, Row } from './row.ts'
import { STRUCTURES } from './rows.ts'

/** What of a journal's entry decides which bytes it carries; data and question are as JSON has them. */
export interface Carrier {
  readonly kind: string
  readonly type: string
  readonly from: string
  readonly to: string
  readonly data?: unknown
  readonly question?: unknown
}

/** A record, register or structure that an entry carries. */
export interface CarriedBytes {
  /** What `fieldsOf` is told that the bytes are. */
  readonly kind: FieldKind
  /** What that is called. */
  readonly title: string
  readonly bytes: Uint8Array
  /** Where it is in the entry: `data.siginfo`, `question.bytes`; `data` alone when it is made of several fields there. */
  readonly at: string
  /** Why there are no bytes: the data are not what their contract says. */
  readonly fault?: Fault
}

const keyOf = (part: Part, layer: string | undefined, type: string, step?: string): string =>
  `${part} ${layer ?? '*'} ${type} ${step ?? ''}`

const BY_KEY: ReadonlyMap<string, Row> = new Map(
  STRUCTURES.map((row) => [keyOf(row.part, row.layer, row.type, row.step), row] as const)
)

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The records, registers and structures that an entry of a journal carries, in its data and, of an answer, in the question
 * that it answers. Entries of any service will do: what does not keep its contract has a fault, not bytes.
 */
export function bytesOf(entry: Carrier): readonly CarriedBytes[] {
  const { kind, type, from, to, data, question } = entry
  if (kind === 'message') return foundIn('data', data, rowOf('message', to, type))
  if (kind === 'note') return foundIn('data', data, rowOf('note', to, type, data))
  if (kind !== 'answer') return []
  return [
    ...foundIn('data', data, rowOf('answer', from, type)),
    ...foundIn('question', question, rowOf('message', from, type))
  ]
}

function rowOf(part: Part, layer: string, type: string, data?: unknown): Row | undefined {
  const own = BY_KEY.get(keyOf(part, layer, type))
  if (own !== undefined || part !== 'note' || !isFields(data)) return own
  return typeof data['name'] === 'string' ? BY_KEY.get(keyOf(part, undefined, type, data['name'])) : undefined
}

function foundIn(where: string, data: unknown, row: Row | undefined): readonly CarriedBytes[] {
  if (row === undefined || !isFields(data)) return []
  return foundBy(row, data).map(({ at, kind, read }) => {
    const place = at === '' ? where : `${where}.${at}`
    try {
      const bytes = read()
      const known = kind ?? memoryKind(bytes)
      return { kind: known, title: titleOf(known), bytes, at: place }
    } catch (error) {
      const known = kind ?? 'memory'
      return { kind: known, title: titleOf(known), bytes: new Uint8Array(), at: place, fault: contractFault(error) }
    }
  })
}

/** What a row finds; where a part of the data is of another form than its contract says, only that. */
function foundBy(row: Row, data: unknown): readonly Found[] {
  try {
    return row.find(data)
  } catch (error) {
    contractFault(error)
    return built('', 'memory', () => {
      throw error
    })
  }
}

/** A value in the data is out of its range, or something is of another form than the contract says. */
function contractFault(error: unknown): Fault {
  return error instanceof TypeError ? { offset: 0, rule: 'the data are what their contract says' } : faultOf(error)
}

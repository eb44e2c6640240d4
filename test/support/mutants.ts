/** An expectation with one part wrong. */
export interface Mutant {
  /** Where and how. */
  readonly what: string
  readonly expect: unknown
}

type Path = readonly (string | number)[]

/**
 * Every mutant of what a scenario expects: each value in it replaced by wrong ones of its type, each list made longer and
 * shorter, each event that must happen forbidden. `never` is another matter: what does not happen may not happen
 * otherwise either, so there only what can never be is a mutant.
 */
export function mutantsOf(expect: object): readonly Mutant[] {
  const { events = [] } = expect as { events?: readonly unknown[] }
  const forbidden = events.map((event, index) => ({
    what: `never events[${index}]`,
    expect: { ...expect, never: [event] }
  }))
  return [...leaves(expect, []).flatMap((leaf) => wrong(leaf, expect)), ...lists(expect), ...forbidden]
}

interface Leaf {
  readonly path: Path
  readonly value: unknown
}

function leaves(value: unknown, path: Path): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }]
  return Object.entries(value).flatMap(([name, part]) =>
    leaves(part, [...path, Array.isArray(value) ? Number(name) : name])
  )
}

function wrong({ path, value }: Leaf, expect: object): readonly Mutant[] {
  const [part] = path
  const values = part === 'never' ? impossible(value) : [...impossible(value), ...other(value, part !== 'events')]
  return values.map((by) => ({ what: `${path.join('.')}: ${JSON.stringify(by)}`, expect: replaced(expect, path, by) }))
}

/** Nothing in a trace or an outcome is like that, whatever happens. */
function impossible(value: unknown): readonly unknown[] {
  if (value === undefined || isExpression(value)) return [null, {}, []]
  const types = [null, {}, [], typeof value === 'string' ? 1234567 : 'none of this']
  return typeof value === 'boolean' ? [...types, 1] : types
}

/** Of the same type, and otherwise. What is near to a number of an event may well happen too. */
function other(value: unknown, hasNear: boolean): readonly unknown[] {
  if (typeof value === 'boolean') return [!value]
  if (typeof value === 'number') return [...(hasNear ? [value + 1] : []), value + 1000, -1001 - value]
  if (typeof value !== 'string') return []
  return isExpression(value)
    ? [value.replace(/^\//, '/never said ')]
    : [`${value}x`, value.slice(0, -1), value.toUpperCase() + ' ']
}

const isExpression = (value: unknown) => typeof value === 'string' && /^\/.*\/$/s.test(value)

/** Lists of the outcome, with one more and one less. */
function lists(expect: object): readonly Mutant[] {
  return Object.entries(expect).flatMap(([name, part]) => {
    if (['events', 'never', 'always'].includes(name)) return []
    const all: readonly Leaf[] = Array.isArray(part) ? [{ path: [name], value: part }] : listsIn(part, [name])
    return all.flatMap(({ path, value }) => {
      const list = value as readonly unknown[]
      const longer = [...list, list[0] ?? 'BUS_MCEERR_AO']
      return [longer, ...(list.length > 0 ? [list.slice(1)] : [])].map((by) => ({
        what: `${path.join('.')}: ${JSON.stringify(by)}`,
        expect: replaced(expect, path, by)
      }))
    })
  })
}

function listsIn(value: unknown, path: Path): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) =>
    Array.isArray(part) ? [{ path: [...path, name], value: part }] : []
  )
}

function replaced(value: unknown, [head, ...rest]: Path, by: unknown): unknown {
  if (head === undefined) return by
  if (Array.isArray(value))
    return value.map((part: unknown, index) => (index === head ? replaced(part, rest, by) : part))
  const fields = value as Readonly<Record<string, unknown>>
  return { ...fields, [head]: replaced(fields[String(head)], rest, by) }
}

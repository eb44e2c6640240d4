import { Type, type Static, type TObject } from 'typebox'
import { closed } from '../contracts/common.ts'
import { ID_MAX_LENGTH } from '../contracts/event-id.ts'
import { meantType } from '../contracts/entry-types.ts'
import { LAYERS } from '../contracts/layer.ts'
import { nearest } from '../contracts/nearest.ts'
import { fieldOfText, fieldSchema } from '../contracts/path.ts'
import { ProblemError } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'

/** So many values of one filter are taken. */
const VALUES = 100

const several = (item: Parameters<typeof Type.Array>[0], description: string) =>
  Type.Optional(
    Type.Array(item, { minItems: 1, maxItems: VALUES, description: `${description}; several with commas or repeated` })
  )
const PARTIES = [...LAYERS, 'outside', 'timer']
const Party = Type.Enum(PARTIES)

/** What can be asked of any journal. */
const Filters = {
  machine: several(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }), 'what happened on this machine'),
  type: several(Type.String({ pattern: '^[\\w.-]{1,128}$' }), 'entries of this type'),
  from: several(Party, 'what came from this layer'),
  to: several(Party, 'what went to this layer'),
  trace: Type.Optional(
    Type.String({
      pattern: `^[\\x21-\\x7e]{1,${ID_MAX_LENGTH}}$`,
      description: 'a trace id of W3C Trace Context, or the id of a message: that and all that follows from it'
    })
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, description: 'no more than so many entries, besides gaps' })),
  follow: Type.Optional(Type.Boolean({ description: 'wait for more, for ever' }))
}

/** Of the journal of one service. */
export const JournalQuery = closed({
  ...Filters,
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'entries with a seq above this' })
  )
})

/** Of the journals of all services as one. */
export const MergedQuery = closed({
  ...Filters,
  after: Type.Optional(Type.String({ maxLength: 512, description: 'entries behind the one that has this `cursor`' }))
})

type Texts = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Reads a query whose values are text, or several texts where a field was repeated. Throws ProblemError that names the
 * first field that is unknown, repeated where one value is meant, or has a value that it cannot have.
 */
export function journalQueryReader<Schema extends TObject>(schema: Schema): (query: Texts) => Static<Schema> {
  const form = wire(schema)
  return (query) => {
    const fields = Object.entries(query).map(([name, given]) => [name, valueOf(schema, name, given)])
    const parsed = form.parse(Object.fromEntries(fields))
    if ('value' in parsed) return requireTypes(parsed.value as Static<Schema>)
    const { code, detail, field } = parsed.error
    requireParties(fields)
    throw new ProblemError(code, detail, { field })
  }
}

/** Throws ProblemError for a type that nothing has and that is like one: what it filters would be empty, and nobody told why. */
function requireTypes<Query>(query: Query): Query {
  for (const type of (query as { readonly type?: readonly string[] }).type ?? []) {
    const meant = meantType(type)
    if (meant === undefined) continue
    throw new ProblemError('field-invalid', `no entry has the type ${type}; did you mean ${meant}?`, { field: '/type' })
  }
  return query
}

/** Throws ProblemError for a party that there is not and that is like one. */
function requireParties(fields: readonly (readonly unknown[])[]): void {
  for (const [name, values] of fields) {
    if ((name !== 'from' && name !== 'to') || !Array.isArray(values)) continue
    for (const party of values as readonly string[]) {
      const meant = PARTIES.includes(party) ? undefined : nearest(party, PARTIES)
      if (meant === undefined) continue
      throw new ProblemError('field-invalid', `there is no ${party}; did you mean ${meant}?`, { field: `/${name}` })
    }
  }
}

function valueOf(schema: TObject, name: string, given: Texts[string]): unknown {
  const texts = typeof given === 'string' ? [given] : (given ?? [])
  const field = fieldSchema(schema, name)
  if (field?.type === 'array') return texts.flatMap((text) => text.split(','))
  const [text = '', ...others] = texts
  if (others.length === 0) return fieldOfText(field, text)
  throw new ProblemError('parameter-repeated', `${name} is given ${texts.length} times, and it has one value`, {
    field: `/${name}`
  })
}

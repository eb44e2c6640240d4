import { Type } from 'typebox'
import { fieldSchema, pathParameters } from '../../contracts/path.ts'
import type { ReadRoute } from '../read-route.ts'
import { MachineParameter } from './message-operation.ts'
import { json, ofType, operation, orBytes, TEXT_SCHEMA } from './operation.ts'

/** What can be read of a layer's state, as an operation. */
export function readOperation(route: ReadRoute<unknown>) {
  const { id, path, summary, query, reply, missing = 'resource-unknown' } = route
  const params = pathParameters(path).map((name) => {
    const own = route.params === undefined ? undefined : fieldSchema(route.params, name)
    return [name, own ?? (name === 'machine' ? MachineParameter : Type.String())] as const
  })
  const ok = reply === 'text' ? ofType('text/plain', TEXT_SCHEMA, summary) : json(reply, summary)
  return operation({
    id,
    summary,
    tags: ['reads'],
    params: Type.Object(Object.fromEntries(params)),
    querystring: query,
    answers: { 200: route.json === undefined ? ok : orBytes(ok) },
    refuses: ['machine-unknown', missing]
  })
}

import t from 'tap'
import { ACCEPTS } from '../../shared/contracts/registry.ts'

/** Where a schema takes an integer that may be as large, or as far below zero, as JSON can say. */
function unbounded(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { type, minimum, maximum } = schema as { type?: unknown; minimum?: unknown; maximum?: unknown }
  if ('const' in schema) return []
  const isOpen =
    (type === 'integer' || type === 'number') && !(typeof minimum === 'number' && typeof maximum === 'number')
  return [
    ...(isOpen ? [path] : []),
    ...Object.entries(schema).flatMap(([key, inner]) =>
      unbounded(inner, key === 'properties' ? path : `${path}.${key}`)
    )
  ]
}

void t.test('no number that comes from outside can be larger than what it stands for', (t) => {
  for (const [layer, messages] of Object.entries(ACCEPTS)) {
    for (const message of messages) {
      t.strictSame(unbounded(message.data, message.type), [], `${layer}: ${message.type}`)
      if ('reply' in message)
        t.strictSame(unbounded(message.reply, `answer of ${message.type}`), [], `${layer}: answer of ${message.type}`)
    }
  }
  t.end()
})

import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from '../../contracts/problem.ts'
import { ProblemSchema } from '../../contracts/problem-schema.ts'
import type { Answered } from './operation.ts'

/** What is refused before an operation is looked at. */
const EVERYWHERE: readonly ProblemCode[] = [
  'host-refused',
  'origin-refused',
  'route-unknown',
  'parameter-repeated',
  'field-unknown',
  'field-invalid',
  'rate-exceeded',
  'overloaded',
  'shutting-down',
  'model-fault'
]
/** What is refused of a body, whatever the operation takes. */
const OF_BODIES: readonly ProblemCode[] = ['body-malformed', 'body-too-large', 'content-type-unsupported']

export interface Refusing {
  readonly method: string
  readonly asksToken: boolean
  readonly refuses: readonly ProblemCode[]
  readonly modelRefuses: readonly number[]
}

/** The answers of an operation that are problems, by status. */
export function refusals({ method, asksToken, refuses, modelRefuses }: Refusing): Record<string, Answered> {
  const codes = new Set<ProblemCode>([
    ...refuses,
    ...EVERYWHERE,
    ...(asksToken ? (['token-missing'] as const) : []),
    ...(method === 'get' ? [] : OF_BODIES)
  ])
  const byStatus = new Map<number, string[]>(modelRefuses.map((status) => [status, []]))
  for (const code of codes) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\``])
  }
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: ProblemSchema } }
  const told = [...byStatus].map(([status, names]) => {
    const all = modelRefuses.includes(status) ? [...names, 'what the model refuses'] : names
    return [String(status), { description: `Refused: ${all.join(', ')}. See /docs/problems.`, content }] as const
  })
  return Object.fromEntries(told)
}

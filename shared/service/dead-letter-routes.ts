import { Type } from 'typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { closed } from '../contracts/common.ts'
import { DeadLetter, DeadLetters } from '../contracts/dead-letter.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { Engine } from '../engine/engine.ts'
import { json, operation } from './describing/operation.ts'
import { pretty } from './pretty.ts'
import { queryReader } from './query.ts'

const Query = closed({ machine: Type.Optional(Type.String({ description: 'of this machine alone' })) })
const read = queryReader(Query)

type Texts = Readonly<Record<string, string>>
type Request = FastifyRequest<{ Params: Texts; Querystring: Texts }>

const LIST = '/v1/dead-letters'
const ONE = `${LIST}/:id`

const tags = ['service']
const LETTERS = operation({
  id: 'listDeadLetters',
  summary: 'Messages that their receivers have not taken',
  tags,
  querystring: Query,
  answers: { 200: json(DeadLetters, 'The letters, the oldest first') }
})
const ofLetter = { tags, params: Type.Object({ id: Type.String() }), querystring: Query } as const
const LETTER = operation({
  ...ofLetter,
  id: 'getDeadLetter',
  summary: 'One of those messages',
  answers: { 200: json(DeadLetter, 'The letter') },
  refuses: ['letter-unknown', 'field-missing']
})
const RETRIES = operation({
  ...ofLetter,
  id: 'retryDeadLetter',
  summary: 'Sends it again',
  answers: { 202: json(DeadLetter, 'It is being sent') },
  refuses: ['letter-unknown', 'field-missing', 'state-conflict']
})
const DROPS = operation({
  ...ofLetter,
  id: 'dropDeadLetter',
  summary: 'Drops it unsent',
  answers: { 200: json(DeadLetter, 'The letter that was') },
  refuses: ['letter-unknown', 'field-missing']
})

/** What this layer has sent and no receiver has taken: to be read, sent again, or dropped. */
export function deadLetterRoutes(app: FastifyInstance, { deadLetters }: Pick<Engine, 'deadLetters'>): void {
  /** Throws ProblemError when there is none, or one on each of several machines. */
  function one({ params, query }: Request): DeadLetter {
    const { id = '' } = params
    const [found, ...others] = deadLetters.find(id, read(query).machine)
    if (found === undefined) throw new ProblemError('letter-unknown', `there is no dead letter ${id}`)
    if (others.length === 0) return found
    const machines = [found, ...others].map(({ machine }) => machine).join(', ')
    throw new ProblemError('field-missing', `${id} is a dead letter of ${machines}: which?`, { field: '/machine' })
  }

  app.get(LIST, { schema: LETTERS }, (request: Request, reply) =>
    pretty(reply, deadLetters.list(read(request.query).machine))
  )
  app.get(ONE, { schema: LETTER }, (request: Request, reply) => pretty(reply, one(request)))
  app.post(`${ONE}/retry`, { schema: RETRIES }, (request: Request, reply) => {
    const letter = one(request)
    if (!deadLetters.retry(letter)) throw new ProblemError('state-conflict', `${letter.id} is being sent again already`)
    return pretty(reply.code(202), letter)
  })
  app.delete(ONE, { schema: DROPS }, (request: Request, reply) => {
    const letter = one(request)
    deadLetters.drop(letter)
    return pretty(reply, letter)
  })
}

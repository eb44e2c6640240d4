import { Type } from 'typebox'
import { Waits } from './became.ts'
import { named } from './common.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** One mistake in a text that was sent. */
export const TextErrorSchema = named('TextError', {
  line: Type.Integer({ description: 'from 1' }),
  column: Type.Integer({ description: 'from 1' }),
  length: Type.Optional(Type.Integer({ description: 'characters that are wrong from there on' })),
  path: Type.Optional(Type.String({ description: 'JSON pointer into what the text says' })),
  rule: Type.Optional(Type.String()),
  message: Type.String(),
  suggestion: Type.Optional(Type.String({ description: 'what could stand there instead' }))
})

const CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** A refusal as it is answered: RFC 9457 and what `Problem` adds to it. */
export const ProblemSchema = named('Problem', {
  type: Type.String({ description: 'where the code is explained, relative to the service' }),
  code: Type.Enum(CODES, { title: 'ProblemCode' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.Optional(Type.String({ description: 'the path that was asked' })),
  field: Type.Optional(Type.String({ description: 'JSON pointer of what is wrong' })),
  rule: Type.Optional(Type.String({ description: 'the rule of a specification that was broken' })),
  errors: Type.Optional(Type.Array(TextErrorSchema, { description: 'mistakes in a text, by line and column' })),
  waits: Type.Optional(Type.Array(Waits, { description: 'what was waited for when the time was over' }))
})

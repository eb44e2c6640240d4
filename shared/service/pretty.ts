import type { FastifyReply } from 'fastify'

/** Answers with JSON that a person at a terminal can read. */
export const pretty = (reply: FastifyReply, value: unknown): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(`${JSON.stringify(value, null, 2)}\n`)

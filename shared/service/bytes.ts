import type { FastifyReply, FastifyRequest } from 'fastify'
import type { JsonSchema } from '../contracts/codec.ts'
import type { MessageType } from '../contracts/message.ts'
import { BYTES_MEDIA_TYPE } from '../transport/headers.ts'

/** Whether the asker takes raw bytes; JSON is what everyone else gets, curl included. */
export function wantsBytes(request: FastifyRequest): boolean {
  return request.headers.accept?.includes(BYTES_MEDIA_TYPE) === true
}

export function sendBytes(reply: FastifyReply, bytes: Uint8Array): void {
  void reply.type(BYTES_MEDIA_TYPE).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/** The only field that an answer always has, if that is bytes: it can be had as they are. */
export function bytesField(message: MessageType): string | undefined {
  const { properties = {}, required = [] } = (message.reply ?? {}) as JsonSchema
  const [first, ...others] = required
  return first !== undefined && others.length === 0 && properties[first]?.['x-seabus'] === 'bytes' ? first : undefined
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { BYTES_MEDIA_TYPE } from '../transport/headers.ts'

/** Whether the asker takes raw bytes; JSON is what everyone else gets, curl included. */
export function wantsBytes(request: FastifyRequest): boolean {
  return request.headers.accept?.includes(BYTES_MEDIA_TYPE) === true
}

export function sendBytes(reply: FastifyReply, bytes: Uint8Array): void {
  void reply.type(BYTES_MEDIA_TYPE).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { problem, PROBLEM_MEDIA_TYPE, type Problem } from '../contracts/problem.ts'

/** What Node says of a request that never became one, as a problem. */
function problemOf({ code, message }: NodeJS.ErrnoException): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problem('request-too-slow', 'the request took too long to arrive')
  if (code === 'HPE_HEADER_OVERFLOW') return problem('headers-too-large', 'the headers are over the limit of 16 KiB')
  return problem('body-malformed', `this is not HTTP: ${message}`)
}

/** Answers a connection that has sent no whole request, and ends it. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const told = problemOf(error)
  const body = JSON.stringify(told)
  const head = [
    `HTTP/1.1 ${told.status} ${STATUS_CODES[told.status]}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close'
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}

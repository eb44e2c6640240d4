import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { problem, PROBLEM_MEDIA_TYPE, ProblemError } from '../shared/contracts/problem.ts'
import { HEADER } from '../shared/transport/headers.ts'
import { decided, type PolicyFunction } from './policy.ts'

/** A policy that services ask over HTTP. */
export interface PolicyServer {
  /** Base URL, on the loopback. */
  readonly url: string
  close(): Promise<void>
}

/** Serves a function as a policy, on a free port of the loopback. What goes wrong in it is told to `fail`. */
export async function servePolicy(policy: PolicyFunction, fail: (error: unknown) => void): Promise<PolicyServer> {
  const server = createServer((request, response) => {
    answer(policy, request).then(
      (decision) => response.setHeader('content-type', 'application/json').end(JSON.stringify(decision)),
      (error: unknown) => {
        fail(error)
        const told = problem(error instanceof ProblemError ? error.problem.code : 'model-fault', String(error))
        response.writeHead(told.status, { 'content-type': PROBLEM_MEDIA_TYPE }).end(JSON.stringify(told))
      }
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}

async function answer(policy: PolicyFunction, request: IncomingMessage): Promise<unknown> {
  const body = await text(request)
  if (request.method !== 'POST') throw new ProblemError('method-not-allowed', 'a policy is asked by POST')
  const { [HEADER.id]: id, [HEADER.subject]: machine } = request.headers
  return decided(policy, JSON.parse(body), { machine: String(machine), id: String(id) })
}

import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../contracts/problem.ts'
import { sendLines } from './lines-socket.ts'
import { ReaderPlaces } from './reader-places.ts'

const NDJSON = 'application/x-ndjson; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'

export interface LinesRoute<Query> {
  readonly url: string
  readonly schema: Record<string, unknown>
  /** So many may read at a time. */
  readonly readers: number
  /** Throws ProblemError for a query that does not fit, or for what its path names and is not there. */
  readonly read: (query: FastifyRequest['query'], params: Readonly<Record<string, string>>) => Query
  /** The lines for one reader, as NDJSON or for people; destroyed when the reader goes. Headers may be set on a reply. */
  readonly open: (query: Query, isText: boolean, reply: FastifyReply | undefined) => Readable | Promise<Readable>
}

/** Lines that go on, by GET as NDJSON or text, and over a WebSocket with the same query, one line a frame. */
export function linesRoute<Query>(app: FastifyInstance, { url, schema, readers, read, open }: LinesRoute<Query>): void {
  const places = new ReaderPlaces(readers)
  const queryOf = ({ query, params }: FastifyRequest) => read(query, params as Readonly<Record<string, string>>)
  const isText = ({ headers }: FastifyRequest) => headers.accept?.startsWith('text/plain') === true
  app.route({
    method: 'GET',
    url,
    schema,
    // Here a handshake can still be refused as any request is.
    preValidation: async (request) => {
      queryOf(request)
      places.require()
    },
    async handler(request, reply) {
      const lines = await places.open(() => open(queryOf(request), isText(request), reply))
      if (request.method === 'HEAD') lines.destroy()
      return reply.type(isText(request) ? TEXT : NDJSON).send(request.method === 'HEAD' ? '' : lines)
    },
    async wsHandler(socket, request) {
      try {
        await sendLines(await places.open(() => open(queryOf(request), isText(request), undefined)), socket)
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        // As much as fits into what a closing frame can say; GET says all.
        socket.close(1011, error.problem.code)
      }
    }
  })
}

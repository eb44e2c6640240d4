import type { FastifyInstance } from 'fastify'
import { problemOf } from '../problems.ts'
import { Durations } from './durations.ts'
import { countOf, type Count } from './entry-counts.ts'

interface Requests {
  readonly labels: Readonly<Record<string, string>>
  readonly value: Durations
}

/** What an HTTP server was asked and said, counted as the answers leave. */
export class HttpCounts {
  readonly #requests = new Map<string, Requests>()
  /** By code. */
  readonly problems = new Map<string, Count>()

  /** Counts what this server answers. To be called before it has routes. */
  watch(app: FastifyInstance): void {
    app.addHook('onResponse', (request, reply, done) => {
      const { method } = request
      const { url: route = '' } = request.routeOptions
      const status = String(reply.statusCode)
      const key = `${method} ${status} ${route}`
      let requests = this.#requests.get(key)
      if (requests === undefined) {
        this.#requests.set(key, (requests = { labels: { method, route, status }, value: new Durations() }))
      }
      requests.value.add(reply.elapsedTime * 1e6)
      const code = problemOf(reply)
      if (code !== undefined) countOf(this.problems, code, () => ({ code }))
      done()
    })
  }

  requests(): readonly Requests[] {
    return [...this.#requests.values()]
  }
}

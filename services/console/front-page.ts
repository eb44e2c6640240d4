import type { FastifyInstance } from 'fastify'
import { showingToken } from '../../shared/service/curl-links.ts'
import { originOf } from '../../shared/service/origin.ts'
import { frontLinks } from './front-links.ts'
import { pageRoutes, sendPage, wantsPage, type PageFiles } from './page.ts'

/** `GET /`: the page for a browser; for everybody else what the console offers, with a curl line each. */
export function indexRoute(app: FastifyInstance, asksToken: boolean, files: PageFiles): void {
  pageRoutes(app, files)
  app.get('/', { schema: { summary: 'What is here, with a curl line each', tags: ['console'] } }, (request, reply) => {
    void reply.header('vary', 'accept')
    if (wantsPage(request)) return sendPage(request, reply, files)
    const links = frontLinks(originOf(request), asksToken)
    const shown = asksToken ? links.map((link) => ({ ...link, curl: showingToken(link.curl) })) : links
    return reply.type('application/json').send(`${JSON.stringify({ service: 'console', links: shown }, null, 2)}\n`)
  })
}

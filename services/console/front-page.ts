import type { FastifyInstance } from 'fastify'
import { ConsoleIndex } from '../../shared/contracts/reads/service.ts'
import { json, ofType, operation, TEXT_SCHEMA } from '../../shared/service/describing/operation.ts'
import { showingToken } from '../../shared/service/curl-links.ts'
import { originOf } from '../../shared/service/origin.ts'
import { frontLinks } from './front-links.ts'
import { buildOf, pageRoutes, sendPage, wantsPage, type PageFiles } from './page.ts'

const asPage = (description: string) => ofType('text/html', TEXT_SCHEMA, description)
const index = json(ConsoleIndex, 'What is here; for a browser the page')
const INDEX = operation({
  id: 'getIndex',
  summary: 'What is here, with a curl line each',
  tags: ['service'],
  answers: {
    200: { ...index, content: { ...index.content, ...asPage('').content } },
    304: { description: 'The page is what if-none-match says' },
    503: asPage('The page has not been built')
  }
})

/** `GET /`: the page for a browser; for everybody else what the console offers, with a curl line each. */
export function indexRoute(app: FastifyInstance, asksToken: boolean, files: PageFiles): void {
  const build = buildOf(files)
  pageRoutes(app, files, build)
  app.get('/', { schema: INDEX }, (request, reply) => {
    void reply.header('vary', 'accept')
    if (wantsPage(request)) return sendPage(request, reply, files, build)
    const links = frontLinks(originOf(request), asksToken)
    const shown = asksToken ? links.map((link) => ({ ...link, curl: showingToken(link.curl) })) : links
    return reply.type('application/json').send(`${JSON.stringify({ service: 'console', links: shown }, null, 2)}\n`)
  })
}

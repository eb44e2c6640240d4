import type { FastifyInstance } from 'fastify'
import { showingToken } from '../../shared/service/curl-links.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { originOf } from '../../shared/service/origin.ts'
import { pageRoutes, readPage, sendPage, wantsPage } from './page.ts'

/** `GET /`: the page for a browser; for everybody else what the console offers, with a curl line each. */
export function indexRoute(app: FastifyInstance, asksToken: boolean): void {
  const files = readPage()
  pageRoutes(app, files)
  app.get('/', { schema: { summary: 'What is here, with a curl line each', tags: ['console'] } }, (request, reply) => {
    void reply.header('vary', 'accept')
    if (wantsPage(request)) return sendPage(request, reply, files)
    const { links, ...rest } = index(originOf(request))
    const shown = asksToken ? links.map((link) => ({ ...link, curl: showingToken(link.curl) })) : links
    return reply.type('application/json').send(`${JSON.stringify({ ...rest, links: shown }, null, 2)}\n`)
  })
}

/** One machine's story in lines for people, and what firmware has told its kernel. */
const AS_TEXT = '/v1/journal?machine=m0'
const FILTERED = '/v1/journal?machine=m0&from=firmware&to=host-kernel&limit=10'

function index(origin: string) {
  const run = (type: string, data: string) =>
    `curl -s ${origin}/v1/runs -H 'accept: text/plain' -H 'content-type: application/${type}' ${data}`
  return {
    service: 'console',
    links: [
      { href: '/v1/journal?follow=true', curl: `curl -N '${origin}/v1/journal?follow=true'` },
      { href: '/v1/journal', curl: `curl -s ${origin}/v1/journal` },
      { href: AS_TEXT, curl: `curl -s -H 'accept: text/plain' '${origin}${AS_TEXT}'` },
      { href: FILTERED, curl: `curl -s '${origin}${FILTERED}'` },
      { href: '/v1/runs', curl: run('json', `-d '{"story":"morse"}'`) },
      { href: '/v1/runs', curl: run('yaml', '--data-binary @scenarios/10-vmm-own-memory.yaml') },
      { href: '/v1/runs?limit=10', curl: `curl -s '${origin}/v1/runs?limit=10'` },
      { href: '/v1/scenarios', curl: `curl -s ${origin}/v1/scenarios` },
      { href: '/v1/stories', curl: `curl -s ${origin}/v1/stories` },
      {
        href: '/v1/machines/m1',
        curl: `curl -s -X PUT ${origin}/v1/machines/m1 -H 'content-type: application/json' -d '{}'`
      },
      { href: '/v1/machines/m1', curl: `curl -s -X DELETE ${origin}/v1/machines/m1` },
      { href: '/health', curl: `curl -s ${origin}/health` },
      { href: '/openapi.json', curl: `curl -s ${origin}/openapi.json` },
      { href: '/docs', curl: `curl -s ${origin}/docs` },
      { href: '/docs/problems', curl: `curl -s ${origin}/docs/problems` },
      ...MODELLED_LAYERS.map((layer) => ({
        href: `/services/${layer}/`,
        curl: `curl -s ${origin}/services/${layer}/`
      }))
    ]
  }
}

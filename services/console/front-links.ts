import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { machineLinks, type Link } from '../../shared/service/curl-links.ts'

/** One machine's story in lines for people, and what firmware has told its kernel. */
const AS_TEXT = '/v1/journal?machine=m0'
const FILTERED = '/v1/journal?machine=m0&from=firmware&to=host-kernel&limit=10'

/** Everything that the console offers, with a command to try each; `/login` is there where a token is asked for. */
export function frontLinks(origin: string, asksToken: boolean): readonly Link[] {
  const get = (href: string, summary: string, curl = `curl -s ${origin}${href}`): Link => ({
    method: 'GET',
    href,
    summary,
    curl
  })
  const run = (summary: string, type: string, data: string): Link => ({
    method: 'POST',
    href: '/v1/runs',
    summary,
    curl: `curl -s ${origin}/v1/runs -H 'accept: text/plain' -H 'content-type: application/${type}' ${data}`
  })
  return [
    get(
      '/v1/journal?follow=true',
      'Everything that happens anywhere, as it happens (NDJSON)',
      `curl -N '${origin}/v1/journal?follow=true'`
    ),
    get('/v1/journal', 'The journals of all services as one, as they are now'),
    get(
      AS_TEXT,
      'The same of one machine, in lines for people',
      `curl -s -H 'accept: text/plain' '${origin}${AS_TEXT}'`
    ),
    get(FILTERED, 'What firmware has told its kernel', `curl -s '${origin}${FILTERED}'`),
    run('Runs a story and tells how it ended', 'json', `-d '{"story":"morse"}'`),
    run('Runs a scenario file', 'yaml', '--data-binary @scenarios/10-vmm-own-memory.yaml'),
    get('/v1/runs?limit=10', 'The runs so far, the newest first', `curl -s '${origin}/v1/runs?limit=10'`),
    get('/v1/scenarios', 'The scenario files that come with it'),
    get('/v1/stories', 'The stories that can be run by name'),
    ...machineLinks(origin, {
      makes: 'Makes a machine in every service',
      deletes: 'Deletes a machine in every service'
    }),
    get('/health', 'Whether every service is well'),
    get('/health/live', 'Whether the process answers'),
    get('/health/ready', 'Whether every service can do its work now, and if not, why'),
    get('/metrics', 'Its numbers, for Prometheus'),
    ...(asksToken ? [get('/login', 'The page on which a browser gives the token')] : []),
    get('/openapi.json', 'This API as OpenAPI 3.1'),
    get('/openapi-all.json', 'This API and those of all services in one document'),
    get('/asyncapi.json', 'Its WebSockets as AsyncAPI 3.0'),
    get('/docs', 'This API as a page to try'),
    get('/docs/problems', 'What each refusal means'),
    ...MODELLED_LAYERS.map((layer) => get(`/services/${layer}/`, `What ${layer} offers`))
  ]
}

import { exampleBody, fieldOfText, fieldSchema, pathParameters, type FieldSchema } from '../contracts/path.ts'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { BYTES_MEDIA_TYPE } from '../transport/headers.ts'
import type { ReadRoute } from './read-route.ts'

/** One line of `GET /`: what can be asked here, with a command to try it. */
export interface Link {
  readonly method: string
  readonly href: string
  readonly summary: string
  readonly curl: string
}

/** After these a machine, or what the other examples are about, goes no further. */
const ENDS: ReadonlySet<string> = new Set([
  'pe.halt',
  'platform.halt',
  'process.exit',
  'vcpu.exit',
  'vm.stop',
  'vm.delete',
  'host.down',
  'vcpu.stop',
  'guest.destroy',
  'guest.forget'
])

/** Whether it ends what the examples of other messages need. */
export const isEnd = ({ type }: MessageType): boolean => ENDS.has(type)

/** A value that makes a path work: the example's, else the schema's own, else something of the right type. */
function sample(name: string, example: Readonly<Record<string, unknown>>, schema: FieldSchema | undefined): string {
  const [first] = schema?.examples ?? schema?.enum ?? []
  const value = example[name] ?? first ?? schema?.default
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (schema?.['x-seabus'] === 'u64') return '0x48001000'
  return schema?.type === 'integer' ? String(schema.minimum ?? 0) : name
}

/** The example of a message as an event carries it: what a path would say is in it. */
function exampleData(message: MessageType): Readonly<Record<string, unknown>> {
  const example = message.example ?? {}
  const inPath = pathParameters(message.path).filter((name) => name !== 'machine')
  const values = inPath.map((name) => {
    const schema = fieldSchema(message.data, name)
    return [name, fieldOfText(schema, sample(name, example, schema))] as const
  })
  return { ...Object.fromEntries(values), ...example }
}

function fill(path: string, machine: string, valueOf: (name: string) => string): string {
  return path.replace(/:(\w+)/g, (_, name: string) =>
    name === 'machine' ? machine : encodeURIComponent(valueOf(name))
  )
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** The line for a message; `accepts` are all messages of the service. */
export function messageLink(
  message: MessageType,
  origin: string,
  machine: string,
  accepts: readonly MessageType[]
): Link {
  const { method, summary } = message
  const valueOf = (name: string) => sample(name, message.example ?? {}, fieldSchema(message.data, name))
  const path = fill(message.path, machine, valueOf)
  if (method !== 'GET' && message.raw === undefined) {
    const data = `-H 'content-type: application/json' -d ${quote(JSON.stringify(exampleBody(message) ?? {}))}`
    return {
      method,
      href: path,
      summary,
      curl: `curl -s${method === 'POST' ? '' : ` -X ${method}`} ${origin}${path} ${data}`
    }
  }
  const required = (message.data as { required?: readonly string[] }).required ?? []
  const elsewhere = [...pathParameters(message.path), message.raw]
  const query = required.filter((name) => !elsewhere.includes(name)).map((name) => `${name}=${valueOf(name)}`)
  const href = query.length === 0 ? path : `${path}?${query.join('&')}`
  const url = quote(origin + href)
  if (message.raw === undefined) return { method, href, summary, curl: `curl -s ${url}` }
  const send = `curl -s -X ${method} ${url} -H 'content-type: ${BYTES_MEDIA_TYPE}' --data-binary`
  return { method, href, summary, curl: withBytes(send, message, url, accepts) }
}

/** Where the bytes of an example come from: from itself, or from where they can be read; else from a file of the user's. */
function withBytes(send: string, message: MessageType, url: string, accepts: readonly MessageType[]): string {
  const bytes = message.example?.[message.raw ?? '']
  if (typeof bytes === 'string') return `echo ${bytes} | base64 -d | ${send} @-`
  const isReadable = accepts.some(({ method, path }) => method === 'GET' && path === message.path)
  return isReadable ? `curl -s -H 'accept: ${BYTES_MEDIA_TYPE}' ${url} | ${send} @-` : `${send} @FILE`
}

export function readLink(route: ReadRoute<unknown>, origin: string, machine: string): Link {
  const valueOf = (name: string) => sample(name, route.example ?? {}, route.params && fieldSchema(route.params, name))
  const href = fill(route.path, machine, valueOf)
  return { method: 'GET', href, summary: route.summary, curl: `curl -s ${origin}${href}` }
}

/** How a machine is made and deleted, in one layer or in all. */
export function machineLinks(
  origin: string,
  says: { readonly makes: string; readonly deletes: string }
): readonly Link[] {
  const href = '/v1/machines/m1'
  const curl = (method: string, more = '') => `curl -s -X ${method} ${origin}${href}${more}`
  return [
    { method: 'PUT', href, summary: says.makes, curl: curl('PUT', " -H 'content-type: application/json' -d '{}'") },
    { method: 'DELETE', href, summary: says.deletes, curl: curl('DELETE') }
  ]
}

/** What every service offers. */
export function systemLinks(
  origin: string,
  layer: Layer,
  machine: string,
  accepts: readonly MessageType[]
): readonly Link[] {
  const message = accepts.find(({ example }) => example !== undefined)
  const get = (href: string, summary: string, flags = '-s') => ({
    method: 'GET',
    href,
    summary,
    curl: `curl ${flags} ${quote(origin + href)}`
  })
  return [
    get('/v1/journal?follow=true', 'Everything that happens here, as it happens (NDJSON)', '-sN'),
    get('/v1/journal?after=0&limit=10', 'The first entries of the journal'),
    get(`/v1/journal?machine=${machine}`, 'The same of one machine, in lines for people', "-s -H 'accept: text/plain'"),
    get(
      `/v1/journal?machine=${machine}&to=${layer}&limit=10`,
      `The first ten that went to ${layer}; also type, from, trace`
    ),
    get('/v1/quiescence', 'What is still under way'),
    get('/v1/dead-letters', 'Messages that their receivers have not taken'),
    get('/v1/machines', 'The machines'),
    ...machineLinks(origin, {
      makes: 'Makes another machine, in this layer; the others need it too',
      deletes: 'Forgets it, in this layer; the console does it in all'
    }),
    {
      method: 'POST',
      href: '/v1/events',
      summary: 'Any message as a CloudEvent',
      curl: `curl -s ${origin}/v1/events -H 'content-type: application/cloudevents+json' -d ${quote(
        JSON.stringify({
          specversion: '1.0',
          id: 'my-1',
          source: '/me',
          type: message?.type,
          subject: machine,
          data: message && exampleData(message)
        })
      )}`
    },
    get(
      `/v1/machines/${machine}/messages/${machine}.${layer}.start`,
      'What became of a message, by the id that its 202 gave; a POST with ?wait=settled answers that at once'
    ),
    get('/health', 'Whether the service is well'),
    get('/health/live', 'Whether the process answers'),
    get('/health/ready', 'Whether it can do its work now, and if not, why'),
    get('/metrics', 'Its numbers, for Prometheus'),
    get('/openapi.json', 'This API as OpenAPI 3.1'),
    get('/asyncapi.json', 'Its WebSockets as AsyncAPI 3.0'),
    get('/docs', 'This API as a page to try'),
    get('/docs/problems', 'What each refusal means')
  ]
}

/** A command line of curl as it works where a token is asked for: the shell of whoever pastes it knows the token. */
export function showingToken(curl: string): string {
  return curl.replaceAll(/\bcurl -/g, 'curl -H "authorization: Bearer $SEABUS_TOKEN" -')
}

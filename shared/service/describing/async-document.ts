import type { FastifyInstance } from 'fastify'
import type { Fields } from '../../contracts/fields.ts'
import { originOf } from '../origin.ts'
import { Components } from './components.ts'
import { json, operation } from './operation.ts'

/** One message of a channel: a frame, or a line of one. */
export interface ChannelMessage {
  readonly summary: string
  readonly payload: unknown
}

/** One thing that happens on a channel, as the service that describes it sees it. */
export interface ChannelOperation {
  readonly action: 'send' | 'receive'
  readonly summary: string
  /** Names of messages of the channel. */
  readonly messages: readonly string[]
  /** Names of those by which each is replied to. */
  readonly reply?: readonly string[]
}

/** A WebSocket that a service offers. */
export interface Channel {
  readonly address: string
  readonly title: string
  readonly description: string
  /** What the path of it names. */
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>
  /** Schemas of the query and the headers of the handshake. */
  readonly query?: unknown
  readonly headers?: unknown
  readonly messages: Readonly<Record<string, ChannelMessage>>
  /** By name. */
  readonly operations: Readonly<Record<string, ChannelOperation>>
}

export interface Described {
  readonly title: string
  readonly description: string
  /** By name. */
  readonly channels: Readonly<Record<string, Channel>>
}

const BINDING_VERSION = '0.1.0'
const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' }

/** The WebSockets of a service as AsyncAPI 3.0, without where they are; schemas that have a name are there once. */
export function asyncDocument({ title, description, channels }: Described): Fields {
  const components = new Components()
  const described = Object.entries(channels)
  return {
    asyncapi: '3.0.0',
    info: { title, description, version: '1', license: LICENSE },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(described.map(([name, channel]) => [name, channelOf(channel, components)])),
    operations: Object.fromEntries(described.flatMap(([name, channel]) => operationsOf(name, channel))),
    components: { schemas: components.schemas }
  }
}

function channelOf(channel: Channel, components: Components): Fields {
  const { address, title, description, parameters, query, headers, messages } = channel
  const named = Object.entries(messages).map(([name, { summary, payload }]) => [
    name,
    { name, summary, payload: components.taken(payload) }
  ])
  const ws = {
    method: 'GET',
    ...(query === undefined ? {} : { query: components.taken(query) }),
    ...(headers === undefined ? {} : { headers: components.taken(headers) }),
    bindingVersion: BINDING_VERSION
  }
  return {
    address,
    title,
    description,
    ...(parameters && { parameters }),
    servers: [{ $ref: '#/servers/here' }],
    messages: Object.fromEntries(named) as Fields,
    bindings: { ws }
  }
}

function operationsOf(name: string, { operations }: Channel) {
  const channel = { $ref: `#/channels/${name}` }
  const listed = (messages: readonly string[]) =>
    messages.map((each) => ({ $ref: `#/channels/${name}/messages/${each}` }))
  return Object.entries(operations).map(([id, { action, summary, messages, reply }]) => [
    id,
    {
      action,
      channel,
      summary,
      messages: listed(messages),
      ...(reply && { reply: { channel, messages: listed(reply) } })
    }
  ])
}

/** The document as whoever asks for it reaches the service. */
function servedAt(document: Fields, origin: string): Fields {
  const { protocol, host, pathname } = new URL(origin)
  const path = pathname === '/' ? {} : { pathname }
  const here = { host, protocol: protocol === 'https:' ? 'wss' : 'ws', ...path }
  return { ...document, servers: { here } }
}

const SCHEMA = operation({
  id: 'getAsyncApi',
  summary: 'Its WebSockets as AsyncAPI 3.0',
  tags: ['service'],
  answers: {
    200: json({ type: 'object', description: 'an AsyncAPI document', additionalProperties: true }, 'The document')
  }
})

/** `GET /asyncapi.json`. The document is made when somebody first asks for it. */
export function asyncApiRoute(app: FastifyInstance, described: () => Described): void {
  let made: Fields | undefined
  app.get('/asyncapi.json', { schema: SCHEMA }, (request, reply) => {
    made ??= asyncDocument(described())
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(servedAt(made, originOf(request))))
  })
}

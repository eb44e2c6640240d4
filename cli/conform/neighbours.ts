import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { MODELLED_LAYERS, PORTS, type ModelledLayer } from '../../shared/contracts/layer.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { fieldOfText, fieldSchema } from '../../shared/contracts/path.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { HEADER } from '../../shared/transport/headers.ts'

/** What a neighbour was told by the service under test, and how that came. */
export interface Told {
  readonly to: ModelledLayer
  readonly message: MessageType
  /** As the contract has it; undefined when it does not fit the contract, and `broken` says why. */
  readonly data: unknown
  readonly broken: string | undefined
  readonly id: string | undefined
}

/** How a neighbour answers: a status, and JSON where there is some; or not at all. */
export type Response = { readonly status: number; readonly json: unknown } | typeof CUT
/** The connection ends without an answer. */
export const CUT = 'cut'

/** Whoever wants to know what the neighbours of one machine are told, and says what they answer. */
export type Hear = (told: Told) => Promise<Response>

interface Route {
  readonly message: MessageType
  readonly pattern: RegExp
}

const REFUSED: Response = { status: 404, json: { code: 'route-unknown', title: 'no such route', status: 404 } }

/** The layers around the one under test, as small HTTP servers on 127.0.0.1 that speak the contracts and do nothing else. */
export class Neighbours {
  readonly urls: Readonly<Partial<Record<ModelledLayer, string>>>
  readonly #servers: readonly Server[]
  readonly #machines = new Map<string, Hear>()
  #wasCalled = false

  private constructor(urls: Partial<Record<ModelledLayer, string>>, servers: readonly Server[]) {
    this.urls = urls
    this.#servers = servers
  }

  /**
   * All layers but `layer`. `base` is where the ports of all layers begin, as in SEABUS_PORT_BASE; without it they are free
   * ones. Throws what `listen` does, EADDRINUSE for example.
   */
  static async start(layer: ModelledLayer, base?: number): Promise<Neighbours> {
    const urls: Partial<Record<ModelledLayer, string>> = {}
    const servers: Server[] = []
    const neighbours = new Neighbours(urls, servers)
    for (const to of MODELLED_LAYERS) {
      if (to === layer) continue
      const routes = routesOf(to)
      const server = createServer((request, response) => {
        neighbours.#serve(to, routes, request).then(
          (answer) => (answer === CUT ? request.socket.destroy() : send(response, answer.status, answer.json)),
          (error: unknown) => send(response, 500, { title: String(error), status: 500 })
        )
      })
      servers.push(server)
      server.listen(base === undefined ? 0 : base + PORTS[to] - PORTS.console, '127.0.0.1')
      await once(server, 'listening').catch((error: unknown) => {
        neighbours.close()
        throw error
      })
      urls[to] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    return neighbours
  }

  /** Whether anybody has called any of them. */
  get wasCalled(): boolean {
    return this.#wasCalled
  }

  /** From now on what is told about a machine goes there. */
  hear(machine: string, hear: Hear): void {
    this.#machines.set(machine, hear)
  }

  forget(machine: string): void {
    this.#machines.delete(machine)
  }

  close(): void {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
  }

  async #serve(to: ModelledLayer, routes: readonly Route[], request: IncomingMessage): Promise<Response> {
    this.#wasCalled = true
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here')
    const body = await textOf(request)
    for (const { message, pattern } of routes) {
      const match = message.method === request.method ? pattern.exec(pathname) : null
      if (match === null) continue
      const { machine = '', ...inPath } = decoded(match.groups)
      const hear = this.#machines.get(machine)
      if (hear === undefined) return REFUSED
      return hear({ to, message, id: idOf(request), ...dataOf(message, inPath, searchParams, body) })
    }
    return REFUSED
  }
}

function routesOf(layer: ModelledLayer): readonly Route[] {
  return ACCEPTS[layer].map((message) => ({
    message,
    pattern: new RegExp(`^${message.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
  }))
}

/** The parts of a path; one that is badly escaped stays as it is, for the contract to refuse. */
function decoded(groups: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const parts = Object.entries(groups).map(([name, part]) => {
    try {
      return [name, decodeURIComponent(part)] as const
    } catch {
      return [name, part] as const
    }
  })
  return Object.fromEntries(parts)
}

function idOf({ headers }: IncomingMessage): string | undefined {
  const id = headers[HEADER.idempotencyKey] ?? headers[HEADER.id]
  return typeof id === 'string' ? id : undefined
}

function dataOf(
  message: MessageType,
  inPath: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: string
): Pick<Told, 'data' | 'broken'> {
  const fromText = (fields: Iterable<readonly [string, string]>) =>
    Object.fromEntries([...fields].map(([name, text]) => [name, fieldOfText(fieldSchema(message.data, name), text)]))
  let json: unknown
  try {
    json = body === '' ? {} : JSON.parse(body)
  } catch {
    return { data: undefined, broken: 'its body is no JSON' }
  }
  if (typeof json !== 'object' || json === null) return { data: undefined, broken: 'its body is no object' }
  const parsed = wire(message.data).parse({ ...json, ...fromText(query), ...fromText(Object.entries(inPath)) })
  if ('value' in parsed) return { data: parsed.value, broken: undefined }
  return { data: undefined, broken: `${parsed.error.field}: ${parsed.error.detail}` }
}

function send(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(json ?? {}))
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the stand-ins share, of node:http alone. Nothing here or in them is from the project but its documents. */

/** Where the neighbours are: the `*_URL` variables of a service. */
export type Urls = Readonly<Record<'hardware' | 'firmware' | 'host-kernel' | 'vmm' | 'guest', string>>

/** Gets the parts of the path that a route leaves open, and the body; what it gives is the answer, nothing is 202. */
export type Handler = (
  params: Readonly<Record<string, string>>,
  body: never
) => object | undefined | Promise<object | undefined>

export interface StandIn {
  readonly url: string
  readonly close: () => Promise<unknown>
}

/** Serves `METHOD /path/:part` routes on a free port; anything else is 404. A handler that throws is 500. */
export async function serve(routes: Readonly<Record<string, Handler>>): Promise<StandIn> {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ')
    return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), handler }
  })
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here')
      const route = table.find(({ method, pattern }) => method === request.method && pattern.test(pathname))
      if (route === undefined) return response.writeHead(404).end()
      const params = { ...Object.fromEntries(searchParams), ...route.pattern.exec(pathname)?.groups }
      const answer = await route.handler(params, (text === '' ? {} : JSON.parse(text)) as never)
      response.writeHead(answer === undefined ? 202 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? {}))
    })().catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => (server.closeAllConnections(), server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** A request to a neighbour; throws when it is refused. */
export async function call(url: string, method: string, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

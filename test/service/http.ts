import { createServer, get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Entry } from '../../shared/trace/entry.ts'
import { parsed } from '../support/requests.ts'

/** What tests of services share: requests, and waiting for what a journal says instead of for time to pass. */

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  readonly json: unknown
}

/** A JSON request by inject; what changes something has a body. */
export async function ask(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {}
): Promise<Answer> {
  const sent = body ?? (method === 'GET' || method === 'DELETE' ? undefined : {})
  const typed = sent === undefined ? headers : { 'content-type': 'application/json', ...headers }
  const payload = sent === undefined || sent instanceof Buffer || typeof sent === 'string' ? sent : JSON.stringify(sent)
  const response = await app.inject({ method, url, headers: typed, ...(payload === undefined ? {} : { payload }) })
  const told = response.headers as Record<string, string | undefined>
  return { status: response.statusCode, headers: told, text: response.payload, json: parsed(response.payload) }
}

/** A JSON request over the network. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const typed = { 'content-type': 'application/json', ...headers }
  const response = await fetch(url, { method: 'POST', headers: typed, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, headers: Object.fromEntries(response.headers), text, json: parsed(text) }
}

/** A PUT of nothing. */
export const put = (url: string) =>
  fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' })

export async function get(url: string): Promise<unknown> {
  const response = await fetch(url)
  return parsed(await response.text())
}

/** Follows a service's journal from its beginning until an entry fits, and gives all entries up to that. */
export function until(url: string, fits: (entry: Entry) => boolean): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    let rest = ''
    const ended = () => reject(new Error(`the journal of ${url} ended after ${entries.length} entries`))
    const request = httpGet(`${url}/v1/journal?after=0&follow=true`, (response) => {
      response.setEncoding('utf8')
      response.on('error', ended)
      response.on('end', ended)
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const entry = JSON.parse(line) as Entry
          entries.push(entry)
          if (!fits(entry)) continue
          resolve(entries)
          request.destroy()
          return
        }
      })
    })
    request.on('error', reject)
  })
}

/** The journal as it is now. */
export async function journalOf(app: FastifyInstance, query = ''): Promise<readonly Entry[]> {
  const { payload } = await app.inject({ method: 'GET', url: `/v1/journal${query}` })
  const lines = payload.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Entry)
}

/** Someone else's service, as a function. It offers no link. */
export async function foreign(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    if (request.url === '/v1/link') return void response.writeHead(404).end()
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => handle(request, response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import WebSocket from 'ws'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { contractOf, contractOfLayer } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { parsed } from '../support/requests.ts'

/** What a browser can be made to send, with whatever headers, over a socket: `fetch` sets some of these itself. */

export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** As it stands, not as a URL would have it. */
  readonly path?: string
}

/** One request, redirects not followed. */
export function send(url: string, { method = 'GET', headers = {}, body = '', path }: Sent = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method, headers, agent: false, ...(path === undefined ? {} : { path }) },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) })
        )
      }
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Opens a WebSocket: what its handshake was refused with, or `open`. Fails unless a refused one is closed as well. */
export function handshake(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Told | 'open'> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
    socket.on('error', reject)
    socket.on('open', () => {
      socket.terminate()
      resolve('open')
    })
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.socket.on('close', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) })
      )
      response.resume()
    })
  })
}

/** What a neighbour says in the handshake of a link to a service, which accepts what its layer does unless told otherwise. */
export const helloTo = (layer: Layer, accepts?: readonly MessageType[]) =>
  helloHeaders({
    from: 'console',
    to: layer,
    contract: accepts === undefined ? contractOfLayer(layer) : contractOf(accepts)
  })

import type { IncomingHttpHeaders } from 'node:http'
import type { IncomingHttpHeaders as Http2Headers } from 'node:http2'

/** What of a request says how the caller reached the service. */
interface Asked {
  readonly protocol: string
  readonly host: string
  readonly headers: IncomingHttpHeaders | Http2Headers
}

/** What a reverse proxy says of where the caller came in: the console says it of every service behind it. */
export const FORWARDED = { proto: 'x-forwarded-proto', host: 'x-forwarded-host', prefix: 'x-forwarded-prefix' } as const

const HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i
const PREFIX = /^(\/[\w.-]+)+$/

/**
 * The address at which the caller reached this service, without a closing `/`, so that a path after it can be called from
 * where the caller is: `http://127.0.0.1:7000/services/firmware` through the console. What a proxy says that is no host or no
 * path is not believed.
 */
export function originOf(request: Asked): string {
  const said = (name: string, form: RegExp) => {
    const value = request.headers[name]
    return typeof value === 'string' && form.test(value) ? value : undefined
  }
  const protocol = said(FORWARDED.proto, /^https?$/) ?? request.protocol
  const host = said(FORWARDED.host, HOST) ?? request.host
  return `${protocol}://${host}${said(FORWARDED.prefix, PREFIX) ?? ''}`
}

/** An OpenAPI document that says where it is served, as whoever asks for it reaches it. */
export function servedAt<Document extends object>(document: Document, request: Asked): Document {
  return { ...document, servers: [{ url: originOf(request) }] }
}

/** What a proxy that serves another service under `prefix` tells it: where the caller came in, whatever the caller says. */
export const forwardedBy =
  (prefix: string) =>
  (request: Asked, headers: IncomingHttpHeaders | Http2Headers): IncomingHttpHeaders | Http2Headers => {
    const { protocol, host } = new URL(originOf(request))
    return {
      ...headers,
      [FORWARDED.proto]: protocol.replace(':', ''),
      [FORWARDED.host]: host,
      [FORWARDED.prefix]: prefix
    }
  }

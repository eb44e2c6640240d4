/** What tests over HTTP share: one request, whatever its body, with the answer read. */

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly headers: Headers
  readonly text: string
  /** Undefined when the answer is not JSON. */
  readonly json: unknown
}

/** Undefined when the text is not JSON. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown
}

/** A request; what changes something has a body: JSON unless it has a content type or is bytes. */
export async function request(url: string, { body, method, headers = {} }: Sent = {}): Promise<Answer> {
  const sent = body ?? (method === 'POST' || method === 'PUT' ? {} : undefined)
  const isBytes = sent instanceof Uint8Array
  const payload = isBytes ? new Uint8Array(sent) : typeof sent === 'string' ? sent : JSON.stringify(sent)
  const type = sent === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }
  const response = await fetch(url, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: { ...type, ...headers },
    ...(sent === undefined ? {} : { body: payload })
  })
  const text = await response.text()
  const contentType = response.headers.get('content-type') ?? ''
  return { status: response.status, contentType, headers: response.headers, text, json: parsed(text) }
}

import type { WireEntry } from '../../shared/trace/entry.ts'

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Services to whom a message can be sent through the console. */
const SERVED: ReadonlySet<string> = new Set(['hardware', 'firmware', 'host-kernel', 'vmm', 'policy', 'guest'])

/**
 * An entry as a command: a message is sent again as the CloudEvent that it was, under an id of its own; anything else is
 * read from the journal of its layer. `origin` is where the console is.
 */
export function curlOf(entry: WireEntry, origin: string): string {
  const { kind, layer, seq, machine, from, to, type, id, data } = entry
  if (kind !== 'message' || !SERVED.has(to)) {
    const query = `machine=${machine}&after=${seq - 1}&limit=1`
    return `curl -s ${quote(`${origin}/services/${layer}/v1/journal?${query}`)}`
  }
  const source = SERVED.has(from) ? `/${from}` : '/me'
  const event = { specversion: '1.0', id: `again-${id}`, source, type, subject: machine, data: data ?? {} }
  const sent = quote(JSON.stringify(event))
  return `curl -s ${origin}/services/${to}/v1/events -H 'content-type: application/cloudevents+json' -d ${sent}`
}

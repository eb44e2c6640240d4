import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Services to whom a message can be sent through the console. */
const SERVED: ReadonlySet<string> = new Set(MODELLED_LAYERS)
/** Stands for an id that is new each time the command is pasted: a repeat would be dropped. */
const NEW = 'NEW-ID'
const NEW_ID = `'$(date +%s%N)'`

const curlFor = (asksToken: boolean) => (asksToken ? 'curl -s -H "authorization: Bearer $SEABUS_TOKEN"' : 'curl -s')

export interface CurlFor {
  /** Where the console is. */
  readonly origin: string
  /** Whether it asks for a token; the shell of whoever pastes the command knows it. */
  readonly asksToken: boolean
}

/** An entry as a command: a message is sent again, as a CloudEvent; anything else is read from the journal of its layer. */
export function curlOf(entry: WireEntry, { origin, asksToken }: CurlFor): string {
  const { kind, layer, seq, machine, to, type, data } = entry
  const curl = curlFor(asksToken)
  if (kind !== 'message' || !SERVED.has(to)) {
    const query = `machine=${machine}&after=${seq - 1}&limit=1`
    return `${curl} ${quote(`${origin}/services/${layer}/v1/journal?${query}`)}`
  }
  const event = { specversion: '1.0', id: `again-${NEW}`, source: '/me', type, subject: machine, data: data ?? {} }
  const sent = quote(JSON.stringify(event)).replace(NEW, NEW_ID)
  return `${curl} ${origin}/services/${to}/v1/events -H 'content-type: application/cloudevents+json' -d ${sent}`
}

/** A run as a command: a story as JSON, a scenario as YAML, whose line ends have to stay. */
export function runCurl(type: 'json' | 'yaml', body: string, { origin, asksToken }: CurlFor): string {
  const how = type === 'yaml' ? '--data-binary' : '-d'
  return `${curlFor(asksToken)} ${origin}/v1/runs -H 'content-type: application/${type}' ${how} ${quote(body)}`
}

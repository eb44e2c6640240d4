import { LAYERS, type Layer } from '../contracts/layer.ts'
import { RELEASE } from '../contracts/release.ts'

/** The protocol of links. Another first number is another protocol; a higher second one only adds to it. */
export const LINK_PROTOCOL = '1.0'

/** What the two ends of a link tell each other in the headers of its handshake. */
export interface Hello {
  /** The layer that speaks. */
  readonly from: Layer
  /** The layer that it takes the other end for. */
  readonly to: Layer
  /** What the layer that was called accepts, by `contractOf`. */
  readonly contract: string
}

/** The headers of the handshake. */
export const HELLO_HEADER = {
  protocol: 'seabus-link',
  release: 'seabus-version',
  contract: 'seabus-contract',
  from: 'seabus-from',
  to: 'seabus-to'
} as const

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** The headers of a handshake, of its request as of its answer. */
export function helloHeaders({ from, to, contract }: Hello): Readonly<Record<string, string>> {
  return {
    [HELLO_HEADER.protocol]: LINK_PROTOCOL,
    [HELLO_HEADER.release]: RELEASE,
    [HELLO_HEADER.contract]: contract,
    [HELLO_HEADER.from]: from,
    [HELLO_HEADER.to]: to
  }
}

const layerIn = (name: string | undefined) => LAYERS.find((layer) => layer === name)

/** What the other end said it is. */
export const speakerOf = (headers: Headers): Layer | undefined => layerIn(textOf(headers, HELLO_HEADER.from))

/** What one end of a link expects of the other. */
export interface Expected {
  /** The layer that expects it, which the other end has to have called. */
  readonly me: Layer
  /** Who the other end has to be; absent when any layer will do. */
  readonly other?: Layer
  /** What the layer that was called accepts. */
  readonly contract: string
}

/** Why the other end, by the headers of its hello, does not fit; undefined when it does. */
export function misfit({ me, other, contract }: Expected, hello: Headers): string | undefined {
  const protocol = textOf(hello, HELLO_HEADER.protocol)
  if (protocol === undefined)
    return `it does not say that it is a link of seabus (${HELLO_HEADER.protocol}: ${LINK_PROTOCOL})`
  if (majorOf(protocol) !== majorOf(LINK_PROTOCOL)) {
    return `it speaks version ${shown(protocol)} of the protocol of links, this end ${LINK_PROTOCOL}`
  }
  const from = textOf(hello, HELLO_HEADER.from)
  if (layerIn(from) === undefined) return `it does not say which layer it is (${HELLO_HEADER.from}: ${shown(from)})`
  if (other !== undefined && from !== other) return `it is the ${from} layer, not ${other}`
  const to = textOf(hello, HELLO_HEADER.to)
  if (to !== me) return `it takes this for the ${shown(to)} layer, not ${me}`
  const theirs = textOf(hello, HELLO_HEADER.contract)
  if (theirs === contract) return undefined
  const releases = `it is seabus ${shown(textOf(hello, HELLO_HEADER.release))}, this end ${RELEASE}`
  const contracts = `${HELLO_HEADER.contract}: ${shown(theirs)}, this end ${contract}`
  return `it has another contract of what ${other ?? me} accepts (${contracts}); ${releases}`
}

function textOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

const majorOf = (version: string) => version.split('.', 1)[0]
const SHOWN = 64
/** What a stranger said, short and in visible ASCII. */
const shown = (text: string | undefined) =>
  text === undefined ? 'nothing' : text.slice(0, SHOWN).replaceAll(/[^\x20-\x7e]/g, '?')

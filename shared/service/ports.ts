import { LAYERS, PORTS, URL_VARIABLE, type Layer } from '../contracts/layer.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Where the ports begin: the console's, which is the first. */
const FIRST_PORT = PORTS.console
export const MAX_PORT_BASE = 65_535 - LAYERS.length

/** The port of a layer on this machine; `SEABUS_PORT_BASE` moves them all. */
export function portOf(layer: Layer, env: Variables): number {
  return PORTS[layer] - FIRST_PORT + Number(env['SEABUS_PORT_BASE'] || FIRST_PORT)
}

/** Where each layer is served: its `*_URL` variable, else its own port on this machine. */
export function urlsFromEnv(env: Variables): Record<Layer, string> {
  const urlOf = (layer: Layer) => env[URL_VARIABLE[layer]] ?? `http://127.0.0.1:${portOf(layer, env)}`
  return Object.fromEntries(LAYERS.map((layer) => [layer, urlOf(layer)])) as Record<Layer, string>
}

import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'

/** Where each layer is served; the console itself is none. */
export type LayerUrls = Readonly<Record<Exclude<Layer, 'console'>, string>>

export function layerUrls(urls: Readonly<Partial<Record<Layer, string>>>): LayerUrls {
  const layers = LAYERS.filter((layer) => layer !== 'console')
  return Object.fromEntries(layers.map((layer) => [layer, urls[layer]])) as LayerUrls
}

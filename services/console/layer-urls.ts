import { MODELLED_LAYERS, type Layer, type ModelledLayer } from '../../shared/contracts/layer.ts'

/** Where each layer is served; the console itself is none. */
export type LayerUrls = Readonly<Record<ModelledLayer, string>>

export function layerUrls(urls: Readonly<Partial<Record<Layer, string>>>): LayerUrls {
  return Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, urls[layer]])) as LayerUrls
}

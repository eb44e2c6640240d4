import { LAYER_TABLE } from '../../services/layers.ts'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { request } from './requests.ts'
import type { Services } from './services.ts'

/** All that can be read of a machine in a layer, by path; what is not there counts as that. */
export async function readAll(
  { urls }: Services,
  layer: ModelledLayer,
  machine = 'm0'
): Promise<Record<string, string>> {
  const answers = await Promise.all(
    LAYER_TABLE[layer].reads.map(async ({ path, example = {} }) => {
      const filled = path.replace(/:(\w+)/g, (_, name: string) => String(name === 'machine' ? machine : example[name]))
      const { status, text } = await request(urls[layer] + filled)
      return [filled, `${status} ${text}`] as const
    })
  )
  return Object.fromEntries(answers)
}

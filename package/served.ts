import type { FastifyInstance } from 'fastify'
import { buildConsole } from '../services/console/app.ts'
import { machineNames } from '../services/console/machine-names.ts'
import { LAYER_TABLE, START_ORDER } from '../services/layers.ts'
import { LAYERS, PORTS, type Layer } from '../shared/contracts/layer.ts'
import { buildService } from '../shared/service/service.ts'
import { linkTransport } from '../shared/transport/link.ts'
import { connect } from './connect.ts'
import { handledBy } from './layer-handlers.ts'
import { addressOf } from './policy.ts'
import type { LayerChoice, ServedSeabus, ServeOptions } from './system.ts'

/** Serves what is not elsewhere; `serve` says more. */
export async function served({ policy, layers = {}, port, qmp }: ServeOptions): Promise<ServedSeabus> {
  const apps: FastifyInstance[] = []
  // Filled in as the services listen; nobody looks before a first message leaves.
  const urls: Partial<Record<Layer, string>> = {}
  const stop = async () => void (await Promise.all(apps.splice(0).map((app) => app.close())))
  const listen = async (layer: Layer, app: FastifyInstance) => {
    apps.push(app)
    urls[layer] = await app.listen({ host: '127.0.0.1', port: port === undefined ? 0 : portOf(layer, port) })
  }
  try {
    for (const layer of LAYERS) {
      const own = layer === 'console' ? undefined : layers[layer]
      if (isElsewhere(own)) urls[layer] = addressOf(own)
      else if (port !== undefined) urls[layer] = `http://127.0.0.1:${portOf(layer, port)}`
    }
    for (const layer of START_ORDER) {
      const own = layers[layer]
      if (isElsewhere(own)) continue
      const row = LAYER_TABLE[layer]
      const model = own === undefined ? row.model : handledBy(row.model, own)
      const transport = linkTransport({ from: layer, urls })
      await listen(layer, buildService({ ...row, model, machines: [], transport, qmp }))
    }
    await listen('console', buildConsole({ urls, newMachine: machineNames() }))
  } catch (error) {
    await stop()
    throw error
  }
  const all = urls as Readonly<Record<Layer, string>>
  const connected = await connect(all, policy === undefined ? {} : { policy })
  return {
    ...connected,
    urls: all,
    async stop() {
      await connected.stop().finally(stop)
    }
  }
}

const portOf = (layer: Layer, console: number) => console + PORTS[layer] - PORTS.console
const isElsewhere = (choice: LayerChoice | undefined): choice is string | URL =>
  typeof choice === 'string' || choice instanceof URL

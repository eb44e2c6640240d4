import { join } from 'node:path'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'
import { startChild, type Child } from '../processes/child.ts'
import { newDirectory } from '../processes/directory.ts'

/** How the services run. */
export interface Form {
  readonly processes: 'seven' | 'one'
  readonly over: 'links' | 'POST'
  readonly durable: boolean
}

export interface Running {
  readonly urls: Readonly<Record<Layer, string>>
  readonly children: readonly Child[]
}

/** Starts the seven services, their ports from `base` on; done when all of them serve. */
export async function startServices({ processes, over, durable }: Form, base: number): Promise<Running> {
  const env = {
    SEABUS_PORT_BASE: String(base),
    SEABUS_LOG: 'error',
    SEABUS_LINK: over === 'links' ? 'on' : 'off',
    ...(durable && { SEABUS_DATA: join(newDirectory(), 'data') })
  }
  const urls = urlsFromEnv(env)
  if (processes === 'one') {
    const child = startChild('cli/start.ts', { env })
    await child.says('Ctrl-C ends it.')
    return { urls, children: [child] }
  }
  const children = LAYERS.map((layer) => startChild('cli/service.ts', { args: [layer], env }))
  await Promise.all(children.map((child, index) => child.says(`${LAYERS[index]} serves`)))
  return { urls, children }
}

import type { Layer } from '../shared/contracts/layer.ts'
import type { PolicyChoice } from './policy.ts'
import type { LayerChoices, Seabus } from './system.ts'

export interface ServeOptions {
  /** Who decides for every VM, unless a run says otherwise. */
  readonly policy?: PolicyChoice
  /** Layers that are elsewhere, by address, or some of whose messages functions handle. */
  readonly layers?: LayerChoices
  /**
   * Port of the console; the other services have the ones behind it, in the order of the README: what is elsewhere can be
   * told where its neighbours will be. By default all take free ports.
   */
  readonly port?: number
}

/** A system whose services listen on 127.0.0.1, in this process. */
export interface ServedSeabus extends Seabus {
  /** Where each service is. The console's address shows the page. */
  readonly urls: Readonly<Record<Layer, string>>
}

/**
 * Serves the layers that are not elsewhere, and the console, until `stop`: what `npm start` does, without the stories. Nothing
 * is kept on disk. Rejects when a port is taken.
 */
export async function serve(options: ServeOptions = {}): Promise<ServedSeabus> {
  // Whoever stays in one process need not load a web server.
  const { served } = await import('./served.ts')
  return served(options)
}

import type { ServedSeabus, ServeOptions } from './system.ts'

/**
 * Serves the layers that are not elsewhere, and the console, until `stop`: what `npm start` does, without the stories. Nothing
 * is kept on disk. Rejects when a port is taken.
 */
export async function serve(options: ServeOptions = {}): Promise<ServedSeabus> {
  // Whoever stays in one process need not load a web server.
  const { served } = await import('./served.ts')
  return served(options)
}

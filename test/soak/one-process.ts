import { enableCompileCache } from 'node:module'

/** All modelled layers in one process, each on its port, as `npm start` serves them, without its walks. */
enableCompileCache()
await import('./serve-all.ts')

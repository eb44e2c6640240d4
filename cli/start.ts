import { enableCompileCache } from 'node:module'

// As in seabus.ts.
enableCompileCache()
await import('./start-all.ts')

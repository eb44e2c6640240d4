import { enableCompileCache } from 'node:module'

// What is imported below is compiled once and kept, in NODE_COMPILE_CACHE or the system's folder for temporary files.
enableCompileCache()
await import('./dispatch.ts')

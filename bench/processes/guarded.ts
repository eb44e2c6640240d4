/**
 * `node guarded.ts MODULE ARGS…`: runs a module as if it were started itself, and dies with whoever holds the other end
 * of standard input, even one that was killed. Tells over IPC what CPU time it has taken, and what memory it needs.
 */
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { cpuMicros } from '../cpu.ts'

/** In a thread of its own, so that it sees the end while the main thread is busy. */
const WATCH = `
  const { Socket } = require('node:net')
  const parent = new Socket({ fd: 0 })
  parent.on('error', () => undefined)
  parent.on('close', () => process.kill(process.pid, 'SIGKILL'))
  parent.resume()`
new Worker(WATCH, { eval: true }).unref()

process.on('message', (asked: unknown) => {
  if (asked === 'cpu') process.send?.({ cpuMicros: cpuMicros() })
  if (asked !== 'memory') return
  // Only with --expose-gc: what is left after it is what is needed.
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({ memory: { heapBytes: heapUsed + external, rssBytes: rss } })
})
// Whoever only answers questions need not stay alive for them.
process.channel?.unref()

const [module = ''] = process.argv.splice(2, 1)
process.argv[1] = module
await import(pathToFileURL(module).href)

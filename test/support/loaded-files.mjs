// With `--import`: says on standard error, a line each, which files a program has loaded by the time it ends.
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) writeSync(2, `loaded ${url}\n`)
    return next(url, context)
  }
})

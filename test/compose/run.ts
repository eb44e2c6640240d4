import t from 'tap'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { provideBaseImage } from './base-image.ts'
import { checks } from './checks.ts'
import { openEngine } from './engine.ts'
import { isHealthy } from './journey.ts'
import { missingPrograms } from './programs.ts'
import { openStack } from './stack.ts'

/**
 * `npm run test:compose`: the composed system on a real Docker engine, from the Dockerfile to the story told over HTTP.
 * A missing program is a failure, not a skip. Whatever was started or made here is gone at the end.
 */
const root = join(import.meta.dirname, '../..')
const port = process.env['CONSOLE_PORT'] ?? '7000'
const consoleUrl = `http://127.0.0.1:${port}`

const undo: (() => Promise<void>)[] = []

async function undoAll(): Promise<void> {
  for (let last = undo.pop(); last !== undefined; last = undo.pop()) {
    await last().catch((error: unknown) => t.fail(`clean up: ${String(error)}`))
  }
}

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  t.pass(`${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  return result
}

async function journey(): Promise<void> {
  const missing = await missingPrograms()
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; CONTRIBUTING.md names the packages`)
  if (await isHealthy(consoleUrl)) throw new Error(`${consoleUrl} is served already: stop it or set CONSOLE_PORT`)

  const engine = await step('a Docker engine answers', openEngine)
  undo.push(engine.close)
  const { env, remove } = await step('the base image is there', () => provideBaseImage(engine, root))
  undo.push(remove)
  const stack = await openStack(engine, root, `seabus-test-${randomUUID().slice(0, 8)}`, env)
  await step('compose.yaml is valid', stack.validate)
  undo.push(stack.down)
  await step('the image builds', stack.build)
  await step('the system comes up', () => stack.up()).catch(async (error: unknown) => {
    t.comment(await stack.logs())
    throw error
  })

  await t.test('the composed system', (t) => checks(t, { engine, stack, consoleUrl, port }))
  if (!t.passing()) t.comment(await stack.logs())
}

t.setTimeout(900_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void undoAll().finally(() => process.exit(1)))
}
try {
  await journey()
} catch (error) {
  t.error(error, 'every step succeeds')
} finally {
  await undoAll()
}

import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { MODELLED_LAYERS, URL_VARIABLE } from '../../shared/contracts/layer.ts'
import { guarded, type Guarded } from '../support/guarded.ts'
import { freePortBase } from '../support/ports.ts'
import type { Services } from '../support/services.ts'

const MAIN = fileURLToPath(new URL('../../cli/service.ts', import.meta.url))

/** A console of its own process beside services that are there, to be killed and started again with its data at one address. */
export async function killable(t: Test, urls: Services['urls']) {
  const port = await freePortBase()
  const env = {
    PATH: process.env['PATH'],
    ...Object.fromEntries(MODELLED_LAYERS.map((layer) => [URL_VARIABLE[layer], urls[layer]])),
    SEABUS_PORT: String(port),
    SEABUS_DATA: t.testdir(),
    SEABUS_LOG: 'error'
  }
  let running: Guarded | undefined
  /** Done when it serves. */
  const start = async () => {
    running = guarded(process.execPath, [MAIN, 'console'], { env, stderr: 'inherit' })
    for await (const line of createInterface({ input: running.stdout })) if (line.includes('serves')) return
    throw new Error('the console did not start')
  }
  /** By SIGKILL; done when it is gone. */
  const kill = async () => running?.kill()
  t.teardown(kill)
  await start()
  return { url: `http://127.0.0.1:${port}`, start, kill }
}

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { URL_VARIABLE, type ModelledLayer } from '../../../shared/contracts/layer.ts'
import { guarded } from '../guarded.ts'
import { freePortBase } from '../ports.ts'
import { services, type Services } from '../services.ts'

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

/**
 * All services with one layer served by a Python program that gets its port and its neighbours from the environment. No
 * machine exists yet.
 */
export async function withPython(t: Teardown, layer: ModelledLayer, script: string): Promise<Services> {
  const port = await freePortBase()
  const room = await services(t, { machines: [], replaced: { [layer]: `http://127.0.0.1:${port}` } })
  const neighbours: Record<string, string> = {}
  for (const [name, url] of Object.entries(room.urls)) neighbours[URL_VARIABLE[name as ModelledLayer]] = url
  const own = { [URL_VARIABLE[layer].replace('_URL', '_PORT')]: `${port}` }
  const running = guarded('python3', [script], { env: { ...process.env, ...neighbours, ...own } })
  t.teardown(() => running.kill())
  // What it says of its decisions is nobody's here, and must not fill its pipe.
  running.stderr.resume()
  const silent = running.ended.then((code) => Promise.reject(new Error(`${script} ended with ${code}`)))
  silent.catch(() => undefined)
  await Promise.race([once(createInterface(running.stdout), 'line'), silent])
  return room
}

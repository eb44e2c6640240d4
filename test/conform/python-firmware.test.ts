import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { conformLayer } from '../../cli/conform/conform-layer.ts'
import { FIRMWARE_RULES } from '../../cli/conform/layers/firmware.ts'
import { Neighbours } from '../../cli/conform/neighbours.ts'
import { URL_VARIABLE, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { guarded } from '../support/guarded.ts'
import { PATIENT_MS } from './support.ts'

const SCRIPT = join(import.meta.dirname, '../../examples/firmware-python/firmware.py')

void t.test('the firmware in Python keeps the contract', async (t) => {
  const neighbours = await Neighbours.start('firmware')
  const env: Record<string, string | undefined> = { ...process.env, FIRMWARE_PORT: '0' }
  for (const [layer, url] of Object.entries(neighbours.urls)) env[URL_VARIABLE[layer as ModelledLayer]] = url
  const running = guarded('python3', [SCRIPT], { env, stderr: 'ignore' })
  t.teardown(async () => {
    neighbours.close()
    await running.kill()
  })
  const [url] = (await once(createInterface(running.stdout), 'line')) as [string]

  for (const { rule, broken } of await conformLayer(FIRMWARE_RULES, { url, neighbours, patienceMs: PATIENT_MS })) {
    t.strictSame(broken, [], rule)
  }
})

import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { conformLayer } from '../../cli/conform/conform-layer.ts'
import { FIRMWARE_RULES } from '../../cli/conform/layers/firmware.ts'
import { VMM_RULES } from '../../cli/conform/layers/vmm.ts'
import { Neighbours } from '../../cli/conform/neighbours.ts'
import { URL_VARIABLE, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { guarded } from '../support/guarded.ts'
import { PATIENT_MS } from './support.ts'

/** Examples in Python, and the variable that says where each listens. */
const EXAMPLES = [
  { rules: FIRMWARE_RULES, script: 'firmware-python/firmware.py', port: 'FIRMWARE_PORT' },
  { rules: VMM_RULES, script: 'vmm-python/vmm.py', port: 'VMM_PORT' }
] as const

for (const { rules, script, port } of EXAMPLES) {
  void t.test(`the ${rules.layer} in Python keeps the contract`, async (t) => {
    const neighbours = await Neighbours.start(rules.layer)
    const env: Record<string, string | undefined> = { ...process.env, [port]: '0' }
    for (const [layer, url] of Object.entries(neighbours.urls)) env[URL_VARIABLE[layer as ModelledLayer]] = url
    const running = guarded('python3', [join(import.meta.dirname, '../../examples', script)], { env, stderr: 'ignore' })
    t.teardown(async () => {
      neighbours.close()
      await running.kill()
    })
    const [url] = (await once(createInterface(running.stdout), 'line')) as [string]

    for (const { rule, broken } of await conformLayer(rules, { url, neighbours, patienceMs: PATIENT_MS })) {
      t.strictSame(broken, [], rule)
    }
  })
}

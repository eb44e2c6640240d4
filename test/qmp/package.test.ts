import { join } from 'node:path'
import t from 'tap'
import { serve } from '../../package/seabus.ts'
import { negotiated, socketDirectory } from './client.ts'

void t.test('what the package serves has monitors where they are asked for', async (t) => {
  const directory = socketDirectory(t)
  const seabus = await serve({ qmp: { directory } })
  t.teardown(() => seabus.stop())
  const of = `${seabus.urls.vmm}/v1/machines/m1`
  const headers = { 'content-type': 'application/json' }
  for (const layer of ['hardware', 'firmware', 'host-kernel', 'policy', 'guest', 'vmm'] as const) {
    await fetch(`${seabus.urls[layer]}/v1/machines/m1`, { method: 'PUT', headers, body: '{}' })
  }
  await fetch(`${of}/vms`, { method: 'POST', headers, body: JSON.stringify({ vm: 'vm0', profile: 'qemu-11.0' }) })
  let told: { readonly path?: string } = {}
  // It is made by and by: nothing is asked of it until it is there.
  while (told.path === undefined) told = (await (await fetch(`${of}/vms/vm0/monitor`)).json()) as typeof told
  const { say, line } = await negotiated(t, join(directory, 'm1.vm0.qmp'))
  say('{"execute":"query-version"}')
  t.equal(await line(), '{"return": {"qemu": {"micro": 0, "minor": 0, "major": 11}, "package": "seabus"}}')
})

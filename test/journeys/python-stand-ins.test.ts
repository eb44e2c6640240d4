import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { readScenario, type ReadResult } from '../../shared/scenario/read-scenario.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { request } from '../support/requests.ts'
import { withPython } from '../support/stand-ins/python.ts'

/** The stand-ins of examples/, one Python file each: what they know of seabus is its OpenAPI documents. */
const EXAMPLES = join(import.meta.dirname, '../../examples')
const FIRMWARE = join(EXAMPLES, 'firmware-python/firmware.py')
const VMM = join(EXAMPLES, 'vmm-python/vmm.py')

let runs = 0

/** The file ends on this system as it ends on ours, in every field of the outcome. */
async function endsAlike(t: Test, system: System, file: string, overrides: Overrides = {}): Promise<void> {
  await readEndsAlike(t, system, file, readScenarioFile(join(SHIPPED, file)), overrides)
}

async function readEndsAlike(
  t: Test,
  system: System,
  file: string,
  read: ReadResult,
  overrides: Overrides = {}
): Promise<void> {
  if (!('scenario' in read)) throw new Error(`${file} cannot be read`)
  const ours = await runInProcess(read.scenario, overrides)
  const theirs = await runScenario(system, read.scenario, `python-${++runs}`, overrides)

  const name = `${file} ${Object.values(overrides).join(' ')}`
  t.equal(theirs.cell, ours.cell, name)
  t.strictSame(theirs.outcome, ours.outcome, name)
}

void t.test('with firmware in Python the story and its variations end as with ours', async (t) => {
  const { system } = await withPython(t, 'firmware', FIRMWARE)

  for (const notify of ['GSIV', 'SEA', 'SEI', 'SDEI', 'POLLED'] as const) {
    await endsAlike(t, system, '01-story.yaml', { notify })
  }
  for (const policy of ['sei', 'mirror', 'qemu']) await endsAlike(t, system, '01-story.yaml', { policy })
  for (const file of FIRMWARE_FILES) await endsAlike(t, system, file)
})
const FIRMWARE_FILES = [
  '02-counter-example.yaml',
  '07-second-error-before-ack.yaml',
  '11-no-address.yaml',
  '13-uncontained.yaml',
  '16-corrected-storm.yaml',
  '19-host-cannot-claim.yaml',
  '25-host-told-by-sea.yaml',
  '26-host-told-by-polling.yaml',
  '27-host-told-by-sdei.yaml',
  '28-hardware-raises-sea.yaml'
]

void t.test('with a VMM in Python the story and its variations end as with ours', async (t) => {
  const { system } = await withPython(t, 'vmm', VMM)

  for (const policy of ['morse', 'sei', 'mirror', 'interrupt', 'poll']) {
    await endsAlike(t, system, '01-story.yaml', { policy })
  }
  for (const file of VMM_FILES) await endsAlike(t, system, file)
})
const VMM_FILES = [
  '02-counter-example.yaml',
  '03-hugetlb-2m.yaml',
  '06-two-vcpus-one-page.yaml',
  '07-second-error-before-ack.yaml',
  '08-guest-kernel-consumes.yaml',
  '10-vmm-own-memory.yaml',
  '12-no-address-sea.yaml',
  '19-host-cannot-claim.yaml',
  '22-interrupt-only.yaml',
  '29-sei-patched-guest.yaml',
  '30-remapped-while-it-runs.yaml',
  '31-mirror.yaml',
  '32-vcpu-thread-is-told.yaml'
]

const RESET = `
seabus: 1
title: A VM is reset twice, the second time by the next lost page
vms:
  - policy: morse
steps:
  - touch: redis
  - poison: redis
  - touch: redis
  - reset: vm0
  - touch: redis
  - poison: redis
  - touch: redis
  - reset: vm0
  - touch: nginx
expect:
  vm: running
`

void t.test('a VMM in Python resets a VM as ours does, and replaces what was lost', async (t) => {
  const { system } = await withPython(t, 'vmm', VMM)
  await readEndsAlike(t, system, 'reset', readScenario(RESET, 'reset.yaml'))
})

void t.test('what the stand-ins cannot do they refuse by name', async (t) => {
  const firmware = await withPython(t, 'firmware', FIRMWARE)
  const vmm = await withPython(t, 'vmm', VMM)
  const m0 = (urls: Record<string, string>, layer: string, path: string) => `${urls[layer]}/v1/machines/m0${path}`
  const refused = [
    [m0(firmware.urls, 'firmware', '/profile'), 'PUT', { profile: 'tf-a-2.15' }, /TF-A 2\.12/],
    [m0(firmware.urls, 'firmware', '/notification'), 'PUT', { recoverable: 'NMI' }, /NMI/],
    [m0(firmware.urls, 'firmware', '/einj'), 'POST', { type: 64, flags: 4, param4: 0 }, /memory errors/],
    [m0(vmm.urls, 'vmm', '/vms'), 'POST', { vm: 'vm0', profile: 'qemu-10.2' }, /qemu-10\.2/],
    [m0(vmm.urls, 'vmm', '/vms/vm0/migrations'), 'POST', {}, /migrate/]
  ] as const

  for (const [url, method, body, says] of refused) {
    const { status, contentType, json } = await request(url, { method, body })
    t.equal(status, 501, url)
    t.match(contentType, /problem\+json/, url)
    t.match(json, { code: 'request-unsupported', detail: says }, url)
  }
})

void t.test('a message that comes twice takes effect once, and its id is not lent to another', async (t) => {
  const { urls } = await withPython(t, 'firmware', FIRMWARE)
  const url = `${urls.firmware}/v1/machines/m0/memory/0x3f002008`
  const write = (bytes: string) =>
    request(url, { method: 'PUT', headers: { 'idempotency-key': 'once' }, body: { bytes } })

  t.equal((await write('AgAAAAAAAAA=')).status, 200)
  await request(url, { method: 'PUT', body: { bytes: 'AwAAAAAAAAA=' } })
  t.equal((await write('AgAAAAAAAAA=')).status, 200)
  t.match((await request(`${url}?length=8`)).json, { bytes: 'AwAAAAAAAAA=' })
  t.equal((await write('BAAAAAAAAAA=')).status, 422)
})

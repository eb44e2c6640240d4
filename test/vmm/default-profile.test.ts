import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { noTransport } from '../../shared/transport/transport.ts'
import { portsFromEnv } from '../../shared/service/environment.ts'
import { ask, journalOf } from '../service/http.ts'

const VMS = '/v1/machines/m0/vms'

void t.test('a VM that is made without a profile has the one of the environment it was made in', async (t) => {
  const directory = t.testdir()
  const start = (profile: string) => {
    const { store, clock, defaults } = portsFromEnv('vmm', { SEABUS_DATA: directory, SEABUS_VMM_PROFILE: profile })
    if (store === undefined || clock === undefined || defaults === undefined) throw new Error('ports are missing')
    return buildLayer('vmm', { store, clock, defaults, transport: noTransport })
  }
  const profiles = async (app: ReturnType<typeof start>) =>
    (await journalOf(app))
      .filter(({ type }) => type === 'vm.create')
      .map(({ data }) => (data as { profile: string }).profile)

  const first = start('qemu-10.2')
  t.equal((await ask(first, 'POST', VMS, { vm: 'vm0' })).status, 202)
  t.equal((await ask(first, 'POST', VMS, { vm: 'vm1', profile: 'crosvm' })).status, 202)
  t.strictSame(await profiles(first), ['qemu-10.2', 'crosvm'])
  await first.close()

  const second = start('kvmtool')
  t.teardown(() => second.close())
  t.strictSame(await profiles(second), ['qemu-10.2', 'crosvm'], 'what was made stays what it is')
  await ask(second, 'POST', VMS, { vm: 'vm2' })
  t.strictSame(await profiles(second), ['qemu-10.2', 'crosvm', 'kvmtool'])
})

void t.test('a profile that does not exist is refused at start, with those that do', async (t) => {
  t.throws(() => portsFromEnv('vmm', { SEABUS_VMM_PROFILE: 'qemu' }), {
    message: /SEABUS_VMM_PROFILE.*qemu-10\.2.*not qemu$/
  })
})

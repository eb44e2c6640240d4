import { call, serve, type Urls } from './serve.ts'

interface Signal {
  readonly vm: string
  readonly tid: number
  readonly codeName: string
}
interface Exit {
  readonly ret: number
  readonly errno: number
}

const PID = 4242
const VCPU_THREAD = 4243
const RAM = { guestPhysical: '0x40000000', length: '0x4000000', hostVirtual: '0xffff80000000' }
const EINTR = 4

/** A VMM with one vCPU a VM that asks nobody: what a vCPU has consumed it answers by an SEA, the rest it ignores. */
export function vmm(urls: Urls) {
  const consumed = new Set<string>()
  const kvm = (machine: string, vm: string) => (method: string, path: string, body: object) =>
    call(urls['host-kernel'], method, `/v1/machines/${machine}/vms/${vm}${path}`, body)
  return serve({
    'POST /v1/machines/:machine/vms': async ({ machine = '' }, { vm }: { vm: string }) => {
      const at = `/v1/machines/${machine}`
      const ioctl = kvm(machine, vm)
      await call(urls['host-kernel'], 'POST', `${at}/processes`, {
        pid: PID,
        comm: 'stranger',
        mceKill: 'early',
        threads: [{ tid: PID }, { tid: VCPU_THREAD }],
        mappings: [{ hostVirtual: RAM.hostVirtual, length: RAM.length, backing: 'anonymous' }]
      })
      await ioctl('PUT', '', { pid: PID })
      await ioctl('PUT', '/memory-slots/0', RAM)
      await ioctl('PUT', '/vcpus/0', { tid: VCPU_THREAD })
      const { guestPhysical, length } = RAM
      await call(urls.guest, 'PUT', `${at}/vms/${vm}`, { vcpus: 1, guestPhysical, length })
      await ioctl('PUT', '/vcpus/0/regs/pc', { value: '0x40080000' })
      await ioctl('PUT', '/vcpus/0/regs/pstate', { value: '0x3c5' })
      await ioctl('PUT', '/vcpus/0/regs/vbar_el1', { value: '0xffff800008010800' })
      await ioctl('POST', '/vcpus/0/run', {})
      return undefined
    },
    'POST /v1/machines/:machine/signals': (_, { vm, tid, codeName }: Signal) => {
      if (codeName === 'BUS_MCEERR_AR' && tid === VCPU_THREAD) consumed.add(vm)
      return undefined
    },
    'POST /v1/machines/:machine/vms/:vm/vcpus/0/exits': async ({ machine = '', vm = '' }, { ret, errno }: Exit) => {
      if (ret >= 0 || errno !== EINTR) return undefined
      const ioctl = kvm(machine, vm)
      const abort = { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 1, serror_esr: '0x0' }
      if (consumed.delete(vm)) await ioctl('PUT', '/vcpus/0/events', abort)
      await ioctl('POST', '/vcpus/0/run', {})
      return undefined
    }
  })
}

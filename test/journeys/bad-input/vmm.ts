import { type BadInput } from './bad-input.ts'

const SIGNAL = {
  vm: 'vm0',
  pid: 4242,
  tid: 4242,
  signo: 7,
  code: 5,
  codeName: 'BUS_MCEERR_AO',
  forced: false,
  killed: false,
  siginfo: 'AAAA'
}
const EXIT = { ret: -1, errno: 4, exitReason: 10, pc: '0x0' }

/** What a VMM refuses. */
export const VMM: readonly BadInput[] = [
  ['a VM that there is', 'POST /vms', { vm: 'vm0' }, 'already-exists /vm', /vm0/],
  ['an unknown profile', 'POST /vms', { vm: 'vm9', profile: 'xen' }, 'field-invalid /profile', /reference/],
  [
    'a misspelt field further in',
    'POST /vms',
    { vm: 'vm9', guest: { linx: '6.1' } },
    'field-unknown /guest/linx',
    /did you mean linux\?/
  ],
  ['RAM for nobody', 'POST /vms', { vm: 'vm9', length: '0x1000' }, 'range-invalid /length', /4 MiB/],
  [
    'RAM that wraps',
    'POST /vms',
    { vm: 'vm9', guestPhysical: '0xfffffffffffff000' },
    'range-invalid /guestPhysical',
    /wrap/
  ],
  ['no vCPU', 'POST /vms', { vm: 'vm9', vcpus: 0 }, 'field-invalid /vcpus', />= 1/],
  ['a pid of another VM', 'POST /vms', { vm: 'vm9', pid: 4242 }, 'already-exists /pid', /vm0/],
  ['a signal for an unknown VM', 'POST /signals', { ...SIGNAL, vm: 'vm9' }, 'vm-unknown /vm', /vm9/],
  ['a signal for an unknown process', 'POST /signals', { ...SIGNAL, pid: 1 }, 'process-unknown /pid', /4242/],
  ['a signal over 64', 'POST /signals', { ...SIGNAL, signo: 65 }, 'field-invalid /signo', /64/],
  ['an exit of an unknown vCPU', 'POST /vms/vm0/vcpus/9/exits', EXIT, 'vcpu-unknown /vcpu', /vCPU 9/],
  ['an unknown VM to read', 'GET /vms/vm9', undefined, 'vm-unknown', /vm9/]
]

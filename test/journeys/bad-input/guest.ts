import { ACCESS, type BadInput } from './bad-input.ts'

const task = (mapping: object, more: object = {}) => ({
  pid: 5,
  comm: 'x',
  mappings: [{ guestVirtual: '0x1000', guestPhysical: '0x40001000', length: '0x1000', ...mapping }],
  ...more
})
const TOUCH = { guestVirtual: '0xffff90000018', access: 'load' }

/** What the guest refuses. */
export const GUEST: readonly BadInput[] = [
  ['an unknown VM', 'POST /vms/vm9/tasks', task({}), 'vm-unknown /vm', /vm9/],
  ['a pid that runs', 'POST /vms/vm0/tasks', task({}, { pid: 1200 }), 'already-exists /pid', /1200/],
  [
    'memory the guest has not',
    'POST /vms/vm0/tasks',
    task({ guestPhysical: '0x1000' }),
    'address-outside-memory /mappings/0/guestPhysical',
    /0x1000/
  ],
  ['half a page', 'POST /vms/vm0/tasks', task({ length: '0x800' }), 'range-invalid /mappings/0/length', /4 KiB/],
  [
    'an empty mapping',
    'POST /vms/vm0/tasks',
    task({ length: '0x0' }),
    'range-invalid /mappings/0/length',
    /one page or more/
  ],
  ['an unknown task', 'POST /vms/vm0/tasks/77/accesses', TOUCH, 'task-unknown /pid', /77/],
  [
    'an unknown access',
    'POST /vms/vm0/tasks/1200/accesses',
    { guestVirtual: '0x0', access: 'peek' },
    'field-invalid /access',
    /load, store, fetch/
  ],
  ['an unknown vCPU', 'POST /vms/vm0/vcpus/9/entries', { pc: '0x0', pstate: '0x0' }, 'vcpu-unknown /vcpu', /vCPU 9/],
  [
    'a completion on an unknown vCPU',
    'POST /vms/vm0/vcpus/9/completions',
    { access: ACCESS },
    'vcpu-unknown /vcpu',
    /vCPU 9/
  ],
  [
    'an interrupt on an unknown vCPU',
    'POST /vms/vm0/vcpus/9/interrupts',
    { intid: 41 },
    'vcpu-unknown /vcpu',
    /vCPU 9/
  ],
  [
    'an interrupt number out of range',
    'POST /vms/vm0/vcpus/0/interrupts',
    { intid: 1020 },
    'field-invalid /intid',
    /1019/
  ],
  [
    'memory across the end of RAM',
    'GET /vms/vm0/memory/0x43fffff0?length=64',
    undefined,
    'address-outside-memory /guestPhysical',
    /0x44000000/
  ],
  [
    'a guest that there is',
    'PUT /vms/vm0',
    { vcpus: 1, guestPhysical: '0x40000000', length: '0x4000000' },
    'already-exists /vm',
    /vm0/
  ],
  [
    'an unknown task calls madvise',
    'POST /vms/vm0/tasks/9/madvise',
    { guestVirtual: '0xffff90000000', length: '0x1000', advice: 'MADV_HWPOISON' },
    'task-unknown /pid',
    /no task with pid 9/
  ],
  [
    'a call on a vCPU that there is not',
    'POST /vms/vm0/tasks/1200/prctl',
    { vcpu: 9, option: 'PR_MCE_KILL_GET' },
    'vcpu-unknown /vcpu',
    /no vCPU 9/
  ],
  [
    'a guest of one byte',
    'PUT /vms/vm5',
    { vcpus: 1, guestPhysical: '0x40000000', length: '0x1' },
    'range-invalid /length',
    /4 KiB/
  ]
]

import { ACCESS, type BadInput } from './bad-input.ts'

const process = (mapping: object, more: object = {}) => ({
  pid: 5,
  comm: 'x',
  mappings: [{ hostVirtual: '0x1000', length: '0x1000', backing: 'anonymous', ...mapping }],
  ...more
})
const EVENTS = { serror_pending: 0, serror_has_esr: 0, ext_dabt_pending: 0, serror_esr: '0x0' }
const TOUCH = { hostVirtual: '0x1000', access: 'load' }
const HOST_ACCESS = { ...ACCESS, vm: undefined, vcpu: undefined, pid: 119, tid: 119 }
const taken = (el: number, vm: string) => ({ exception: 'SEA', el, esr: '0x92000010', interrupted: { ...ACCESS, vm } })

/** What the host kernel refuses. */
export const HOST_KERNEL: readonly BadInput[] = [
  ['a kernel that there is not', 'POST /boot', { linux: '5.0' }, 'field-invalid /linux', /one of 6\.1/],
  [
    'memory that ends before it starts',
    'POST /boot',
    { memory: [{ start: '0x8000', end: '0x4000' }] },
    'range-invalid /memory/0',
    /behind its start/
  ],
  [
    'an unknown source',
    'POST /apei/notifications',
    { source: 99, notify: 'GSIV' },
    'source-unknown /source',
    /no error source 99/
  ],
  [
    'an SEA that interrupts nobody',
    'POST /apei/notifications',
    { source: 0, notify: 'SEA' },
    'field-missing /interrupted',
    /esr and interrupted/
  ],
  ['an exception of a VM that there is not', 'POST /exceptions', taken(2, 'vm9'), 'vm-unknown /interrupted/vm', /vm9/],
  ['an exception of another level', 'POST /exceptions', taken(1, 'vm0'), 'field-invalid /el', /EL2, not EL1/],
  [
    'frames that are not RAM',
    'POST /processes',
    process({ hostPhysical: '0x1000' }),
    'address-outside-memory /mappings/0/hostPhysical',
    /0x1000 to 0x2000/
  ],
  [
    'half a page',
    'POST /processes',
    process({ hostVirtual: '0x1001' }),
    'range-invalid /mappings/0/hostVirtual',
    /4 KiB/
  ],
  [
    'a mapping that wraps',
    'POST /processes',
    process({ hostVirtual: '0xfffffffffffff000', length: '0x2000' }),
    'range-invalid /mappings/0/length',
    /wraps/
  ],
  ['a pid that runs', 'POST /processes', process({}, { pid: 119 }), 'already-exists /pid', /119 runs/],
  ['a name of 16 characters', 'POST /processes', process({}, { comm: 'x'.repeat(16) }), 'field-invalid /comm', /15/],
  ['an unknown process', 'POST /processes/9/accesses', TOUCH, 'process-unknown /pid', /no process 9/],
  ['a process that is no number', 'POST /processes/me/accesses', TOUCH, 'field-invalid /pid', /integer/],
  ['an unknown process to read', 'GET /processes/9', undefined, 'process-unknown', /processes\/9/],
  [
    'a sysctl that there is not',
    'PUT /sysctl/vm_swappiness',
    { value: 1 },
    'field-invalid /name',
    /memory_failure_early_kill/
  ],
  ['half a second', 'PUT /sysctl/panic', { value: 0.5 }, 'field-invalid /value', /integer/],
  ['a VM of nobody', 'PUT /vms/vm9', { pid: 77 }, 'process-unknown /pid', /no process 77/],
  ['an unknown VM', 'POST /vms/vm9/vcpus/0/run', {}, 'vm-unknown /vm', /vm9/],
  ['an unknown vCPU', 'POST /vms/vm0/vcpus/9/run', {}, 'vcpu-unknown /vcpu', /no vCPU 9/],
  [
    'a byte over 255',
    'PUT /vms/vm0/vcpus/0/events',
    { ...EVENTS, serror_pending: 256 },
    'field-invalid /serror_pending',
    /255/
  ],
  ['an unknown register', 'GET /vms/vm0/vcpus/0/regs/x31', undefined, 'field-invalid /reg', /one of pc/],
  ['a private interrupt', 'POST /vms/vm0/irq-lines', { intid: 5, level: true }, 'field-invalid /intid', /32/],
  ['an unknown capability', 'PUT /vms/vm0/capabilities/KVM_CAP_FUN', {}, 'field-invalid /capability', /KVM_CAP_ARM/],
  [
    'an ESB at an exception of the host itself',
    'POST /exceptions',
    { ...taken(2, 'vm0'), interrupted: HOST_ACCESS, disr: '0x80000011' },
    'field-invalid /disr',
    /no ESB/
  ],
  [
    'an ESB that has found nothing',
    'POST /exceptions',
    { ...taken(2, 'vm0'), disr: '0x11' },
    'field-invalid /disr',
    /DISR_EL1\.A is clear/
  ],
  ['an ESB on a vCPU that there is not', 'POST /vms/vm0/vcpus/9/esbs', {}, 'vcpu-unknown /vcpu', /no vCPU 9/],
  [
    'advice that injects nothing',
    'POST /processes/119/madvise',
    { hostVirtual: '0xffff9a801000', length: '0x1000', advice: 'MADV_COLD' },
    'field-invalid /advice',
    /MADV_HWPOISON/
  ],
  [
    'a thread that is not there calls prctl',
    'POST /processes/119/prctl',
    { tid: 120, option: 'PR_MCE_KILL_GET' },
    'process-unknown /tid',
    /no thread 120/
  ],
  [
    'another file of sysfs',
    'PUT /page-offline/probe',
    { value: '0x7bf15000' },
    'field-invalid /file',
    /soft_offline_page/
  ],
  ['an unknown page', 'GET /pages/0x1000', undefined, 'page-unknown', /0x1000/]
]

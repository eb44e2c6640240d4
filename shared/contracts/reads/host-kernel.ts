import { Type } from 'typebox'
import { LINUX_VERSIONS, named, Pid, VcpuIndex, VmName } from '../common.ts'
import { FRAME_KINDS } from '../host-kernel.ts'
import { Backing } from '../host-processes.ts'
import { U64 } from '../wire.ts'
import { Process } from './linux.ts'

/** What can be read of the host's kernel, and of KVM within it. */

const flag = Type.Integer({ minimum: 0, maximum: 1 })

export const HostKernel = named('HostKernel', {
  linux: Type.Enum([...LINUX_VERSIONS]),
  state: Type.Enum(['booting', 'running', 'halted', 'panicked']),
  booted: Type.Boolean(),
  panic: Type.Union([Type.String(), Type.Null()], { description: 'what it panicked with' }),
  halted: Type.Union([Type.String(), Type.Null()], { description: 'why firmware has stopped the platform' }),
  taint: Type.String(),
  hardwareCorruptedKb: Type.Integer({ description: 'HardwareCorrupted of /proc/meminfo' }),
  sysctl: named('Sysctls', {
    memory_failure_early_kill: Type.Optional(flag),
    memory_failure_recovery: Type.Optional(flag),
    enable_soft_offline: Type.Optional(flag),
    panic_on_oops: Type.Optional(flag),
    panic: Type.Optional(Type.Integer()),
    panic_on_unrecoverable_memory_failure: Type.Optional(flag)
  }),
  hest: Type.Enum(['absent', 'enabled', 'disabled'])
})

export const PageFrame = named('PageFrame', {
  pfn: U64,
  kind: Type.Enum(['outside', 'mapped', ...FRAME_KINDS]),
  hwpoison: Type.Boolean({ description: 'PG_hwpoison' }),
  mappings: Type.Array(named('PageMapping', { pid: Pid, comm: Type.String(), hostVirtual: U64, backing: Backing }))
})
export const Processes = named('Processes', { processes: Type.Array(Process) })

const MemorySlot = named('KvmMemorySlot', {
  slot: Type.Integer(),
  guestPhysical: U64,
  length: U64,
  hostVirtual: U64,
  dirtyLogging: Type.Boolean(),
  readOnly: Type.Boolean()
})

/** What KVM keeps of a vCPU, by the names of the kernel. */
const KvmVcpuState = named('KvmVcpuState', {
  index: VcpuIndex,
  tid: Pid,
  initialised: Type.Boolean(),
  x: Type.Array(U64, { description: 'x0 to x30' }),
  pc: U64,
  pstate: U64,
  vbar_el1: U64,
  esr_el1: U64,
  far_el1: U64,
  elr_el1: U64,
  spsr_el1: U64,
  sctlr_el1: U64,
  disr_el1: U64,
  esr_el2: U64,
  far_el2: U64,
  hpfar_el2: U64,
  vse: Type.Boolean({ description: 'HCR_EL2.VSE: a virtual SError pends' }),
  vsesr_el2: U64,
  pendingException: Type.Optional(Type.Enum(['EXCEPT_AA64_EL1_SYNC', 'EXCEPT_AA64_EL1_SERR'])),
  incrementPc: Type.Boolean(),
  enteredVector: Type.Optional(Type.Integer({ description: 'offset from VBAR_EL1' })),
  mmio: Type.Optional(
    named('KvmMmio', {
      guestPhysical: U64,
      length: Type.Enum([1, 2, 4, 8]),
      isWrite: Type.Boolean(),
      data: U64,
      srt: Type.Integer(),
      sse: Type.Boolean(),
      sf: Type.Boolean()
    })
  ),
  exitReason: Type.Integer({ description: 'kvm_run.exit_reason' })
})

export const KvmVm = named('KvmVm', {
  name: VmName,
  kvm: named('KvmVmState', {
    pid: Pid,
    slots: Type.Array(MemorySlot),
    caps: named('KvmCaps', { nisvToUser: Type.Boolean(), seaToUser: Type.Boolean() }),
    ipaBits: Type.Integer(),
    ipaLimitBits: Type.Integer(),
    irqLines: Type.Optional(Type.Array(Type.Integer(), { description: 'SPIs of the virtual GIC that are high' }))
  }),
  pendingIrqs: Type.Array(Type.Integer(), { description: 'SPIs that vCPU 0 takes when it is entered next' }),
  exposeException: Type.Boolean(),
  vcpus: Type.Array(
    named('KvmVcpu', {
      state: KvmVcpuState,
      tid: Pid,
      running: Type.Boolean({ description: 'inside KVM_RUN' }),
      pendedBy: Type.Optional(Type.String({ description: 'id of the ioctl that pended its exception' }))
    })
  )
})
export const KvmVms = named('KvmVms', { vms: Type.Array(KvmVm) })

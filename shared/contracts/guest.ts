import { Type, type Static } from 'typebox'
import {
  AccessKind,
  closed,
  Done,
  Interrupted,
  LinuxVersion,
  MemoryContents,
  Pid,
  VcpuIndex,
  VmName
} from './common.ts'
import { MceKill, SigbusAction, Backing, Frames } from './host-kernel.ts'
import { KernelConfig } from './kernel-config.ts'
import { message } from './message.ts'
import { Bytes, U64 } from './wire.ts'

/** Everything a guest accepts: its memory as others write it, entries into its vCPUs, and the work of its tasks. */
const VM = '/v1/machines/:machine/vms/:vm'
const VCPU = `${VM}/vcpus/:vcpu`
const vcpu = { vm: VmName, vcpu: VcpuIndex }

export const guestCreate = message({
  type: 'guest.create',
  to: 'guest',
  method: 'PUT',
  path: VM,
  summary: 'A guest with its RAM, not yet booted',
  description:
    'RAM at guestPhysical that reads as zero. The VMM writes ACPI tables into it by memory.write before the first vcpu.enter; a guest without hestAddress has no error sources.',
  data: closed({
    vm: VmName,
    vcpus: Type.Integer({ minimum: 1, maximum: 16 }),
    guestPhysical: U64,
    length: U64,
    linux: Type.Optional(LinuxVersion),
    sei: Type.Optional(Type.Boolean()),
    syncWinner: Type.Optional(Type.Enum(['kworker', 'task'])),
    config: Type.Optional(KernelConfig),
    frames: Type.Optional(
      Type.Unsafe<Static<typeof Frames>>({ ...Frames, description: 'what frames are, before the kernel’s own layout' })
    ),
    hestAddress: Type.Optional(
      Type.Unsafe<bigint>({ ...U64, description: 'where its ACPI tables will say the HEST is; absent: none' })
    ),
    errorIntid: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1019, description: 'GED interrupt whose _EVT notifies PNP0C33' })
    )
  }),
  reply: Done,
  example: { vcpus: 1, guestPhysical: '0x40000000', length: '0x4000000', hestAddress: '0x43d90000', errorIntid: 41 }
})
export type GuestCreate = Static<typeof guestCreate.data>

export const guestReset = message({
  type: 'guest.reset',
  to: 'guest',
  method: 'POST',
  path: `${VM}/reset`,
  summary: 'A cold start of the guest: kernel and tasks are gone, memory keeps its contents but for what was replaced',
  data: closed({
    vm: VmName,
    replaced: Type.Optional(
      Type.Array(closed({ guestPhysical: U64, length: U64 }), { maxItems: 1024, description: 'reads as zero now' })
    )
  }),
  reply: Done,
  example: { replaced: [{ guestPhysical: '0x40001000', length: '0x1000' }] }
})

export const guestDestroy = message({
  type: 'guest.destroy',
  to: 'guest',
  method: 'POST',
  path: `${VM}/destroy`,
  summary: 'Its VM is gone, with its VMM or with the host: nothing of the guest runs any more',
  description:
    'kvm_destroy_vm(), or the end of what it ran on. Accesses that are under way end as `gone`, new ones are refused; what the guest was can still be read.',
  data: closed({ vm: VmName, because: Type.Optional(Type.String({ maxLength: 200 })) }),
  example: { because: 'its process 4242 has ended' }
})

export const guestForget = message({
  type: 'guest.forget',
  to: 'guest',
  method: 'DELETE',
  path: VM,
  summary: 'Nobody asks about this guest any more: it is forgotten once its VM has ended',
  description: 'Sent by the VMM whose VM it was; guest.destroy, by the host kernel, may come before or after it.',
  data: closed({ vm: VmName }),
  example: {}
})

export type GuestDestroy = Static<typeof guestDestroy.data>

export const guestMemoryRead = message({
  type: 'memory.read',
  to: 'guest',
  method: 'GET',
  path: `${VM}/memory/:guestPhysical`,
  summary: 'Reads guest memory, as the VMM does through its mapping',
  description:
    'Little-endian, as in RAM. A VMM reads the read-ack cell of a source (1 = acknowledged) before it writes a record.',
  data: closed({ vm: VmName, guestPhysical: U64, length: Type.Integer({ minimum: 1, maximum: 65536 }) }),
  reply: MemoryContents,
  example: { guestPhysical: '0x43da0018', length: 8 }
})
export const guestMemoryWrite = message({
  type: 'memory.write',
  to: 'guest',
  method: 'PUT',
  path: `${VM}/memory/:guestPhysical`,
  summary: 'Writes guest memory: ACPI tables, GHES blocks, the read-ack cell',
  data: closed({ vm: VmName, guestPhysical: U64, bytes: Bytes }),
  reply: Done,
  example: { guestPhysical: '0x43da0018', bytes: 'AQAAAAAAAAA=' }
})

export const vcpuEnter = message({
  type: 'vcpu.enter',
  to: 'guest',
  method: 'POST',
  path: `${VCPU}/entries`,
  summary: 'The guest runs on this vCPU; an exception that was pending has been taken already',
  description:
    'Without an exception: the vCPU runs from pc, and an access that was under way is executed again by a new memory.access. With one: the kernel is at this vector, 0x400 for a synchronous exception from EL0, 0x580 for an SError from EL0, 0x200 and 0x380 from EL1. Of esr_el1 the lower 32 bits count: Linux 6.1 leaves the others sign extended.',
  data: closed({
    ...vcpu,
    pc: U64,
    pstate: U64,
    exception: Type.Optional(
      closed({
        vector: Type.Integer({ minimum: 0, maximum: 0x780, description: 'offset from VBAR_EL1' }),
        esr_el1: U64,
        far_el1: U64,
        elr_el1: U64,
        spsr_el1: U64
      })
    )
  }),
  example: { pc: '0x80000000', pstate: '0x3c5' }
})
export type VcpuEnter = Static<typeof vcpuEnter.data>

export const vcpuStop = message({
  type: 'vcpu.stop',
  to: 'guest',
  method: 'POST',
  path: `${VCPU}/stops`,
  summary: 'The thread of this vCPU is out of KVM_RUN, or dead: nothing runs here until the next entry',
  data: closed(vcpu),
  example: {}
})

export const vcpuInterrupt = message({
  type: 'vcpu.interrupt',
  to: 'guest',
  method: 'POST',
  path: `${VCPU}/interrupts`,
  summary: 'The virtual GIC presents an interrupt',
  description:
    'The errorIntid of guest.create: look at the status blocks of the sources notified by GPIO or GSIV, acknowledge by writing 1 to the read-ack cell.',
  data: closed({ ...vcpu, intid: Type.Integer({ minimum: 0, maximum: 1019 }) }),
  example: { intid: 41 }
})

export const accessCompleteGuest = message({
  type: 'access.complete',
  to: 'guest',
  method: 'POST',
  path: `${VCPU}/completions`,
  summary: 'The access of this vCPU completed with good data',
  description: 'The memory.access of this vCPU is over; the task goes on.',
  data: closed({ ...vcpu, access: Interrupted }),
  example: {
    access: {
      vm: 'vm0',
      vcpu: 0,
      el: 0,
      pc: '0x400c10',
      pstate: '0x0',
      access: 'load',
      virtual: '0xffff90000018',
      physical: '0x40001018'
    }
  }
})

export const taskCreate = message({
  type: 'task.create',
  to: 'guest',
  method: 'POST',
  path: `${VM}/tasks`,
  summary: 'A task of the guest with its mappings',
  description: 'For those who set up a run.',
  data: closed({
    vm: VmName,
    pid: Pid,
    comm: Type.String({ minLength: 1, maxLength: 15 }),
    mceKill: Type.Optional(MceKill),
    sigbus: Type.Optional(SigbusAction),
    mappings: Type.Array(
      closed({
        guestVirtual: U64,
        guestPhysical: U64,
        length: U64,
        backing: Type.Optional(Backing),
        dirty: Type.Optional(Type.Boolean({ default: true })),
        pageTable: Type.Optional(
          Type.Unsafe<bigint>({ ...U64, description: 'guest physical page of the level 3 table that maps it' })
        )
      }),
      { maxItems: 1024 }
    )
  }),
  reply: Done,
  example: {
    pid: 1200,
    comm: 'redis',
    mappings: [{ guestVirtual: '0xffff90000000', guestPhysical: '0x40001000', length: '0x1000' }]
  }
})
export type TaskCreate = Static<typeof taskCreate.data>

export const taskAccess = message({
  type: 'task.access',
  to: 'guest',
  method: 'POST',
  path: `${VM}/tasks/:pid/accesses`,
  summary: 'A task touches its memory, or the guest kernel does for it in a system call',
  description:
    'The guest walks its own page tables: memory.access with the guest physical address goes to the hardware. It ends in access.complete, in vcpu.enter at an exception, or with the VM; of a VM that is gone it is refused.',
  data: closed({
    vm: VmName,
    pid: Pid,
    vcpu: Type.Optional(VcpuIndex),
    guestVirtual: U64,
    access: AccessKind,
    via: Type.Optional(
      Type.Enum(['user', 'syscall', 'walk'], {
        description: 'syscall: the kernel copies for the task; walk: the MMU reads the table entry, at pageTable'
      })
    ),
    masked: Type.Optional(
      Type.Boolean({ description: 'PSTATE.A is set, as early in an exception handler: no SError is taken' })
    ),
    pc: Type.Optional(U64)
  }),
  example: { pid: 1200, guestVirtual: '0xffff90000018', access: 'load' }
})
export type TaskAccess = Static<typeof taskAccess.data>

export const GUEST_ACCEPTS = [
  guestCreate,
  guestReset,
  guestDestroy,
  guestForget,
  guestMemoryRead,
  guestMemoryWrite,
  vcpuEnter,
  vcpuStop,
  vcpuInterrupt,
  accessCompleteGuest,
  taskCreate,
  taskAccess
]

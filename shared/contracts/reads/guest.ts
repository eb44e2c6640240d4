import { Type } from 'typebox'
import { AccessKind, LINUX_VERSIONS, named, Pid, VcpuIndex, VmName } from '../common.ts'
import { U64 } from '../wire.ts'
import { PhysicalRange, Task } from './linux.ts'

/** What can be read of the guests of a machine. */

const GuestState = Type.Enum(['created', 'running', 'panicked', 'gone'], { title: 'GuestState' })

export const GuestNames = named('GuestNames', { vms: Type.Array(VmName) })

/** An access that a task has begun, or will begin when the ones before are over. */
const TaskWork = named('TaskWork', {
  pid: Pid,
  guestVirtual: U64,
  access: AccessKind,
  via: Type.Enum(['user', 'syscall', 'walk']),
  masked: Type.Boolean({ description: 'with PSTATE.A set' }),
  tableEntry: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'where the entry is that a walk reads' })),
  pc: U64,
  askedBy: Type.String({ description: 'id of the message that asked for it' })
})
export const Guest = named('Guest', {
  vm: VmName,
  linux: Type.Enum([...LINUX_VERSIONS]),
  state: GuestState,
  gone: Type.Union([Type.String(), Type.Null()], { description: 'why its VM is no more' }),
  booted: Type.Boolean(),
  panic: Type.Union([Type.String(), Type.Null()], { description: 'what its kernel panicked with' }),
  taint: Type.String(),
  hardwareCorruptedKb: Type.Integer(),
  ram: PhysicalRange,
  vcpus: Type.Array(
    named('GuestVcpu', {
      index: VcpuIndex,
      running: Type.Boolean({ description: 'KVM lets it run' }),
      current: Type.Optional(TaskWork),
      waiting: Type.Array(TaskWork)
    })
  )
})

export const GuestTasks = named('GuestTasks', {
  guest: GuestState,
  tasks: Type.Array(Task),
  accesses: Type.Array(
    named('FinishedAccess', {
      pid: Pid,
      guestVirtual: U64,
      access: AccessKind,
      outcome: Type.Enum(['completed', 'signalled', 'killed', 'EFAULT', 'oops', 'gone'])
    })
  )
})

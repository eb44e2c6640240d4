import { Type } from 'typebox'
import { ErrorException, named, Notification, Pid, SourceId, VcpuIndex, VmName } from '../common.ts'
import { MceKill } from '../host-processes.ts'
import { Fallback, MACHINE_TYPES, VMM_PROFILES } from '../vmm.ts'
import { U64 } from '../wire.ts'

/** What can be read of the VMMs of a machine. */

const Asks = Type.Enum(['policy', 'nobody'], { description: 'whether a policy is asked what an error means' })

const STANDING = {
  vm: VmName,
  profile: Type.Enum([...VMM_PROFILES]),
  policy: Type.Optional(Type.String({ description: 'a built-in policy or a URL; absent: the policy service chooses' })),
  pid: Pid,
  state: Type.Enum(['running', 'guest-panicked', 'off', 'reset', 'stopped', 'migrated', 'killed', 'failed']),
  paused: Type.Optional(
    Type.Enum(['paused', 'prelaunch'], {
      description: 'its vCPUs are kept out of KVM_RUN; prelaunch: and it was reset since'
    })
  ),
  because: Type.Optional(Type.String({ description: 'why it runs no longer' }))
}
export const Vms = named('Vms', {
  vms: Type.Array(named('VmSummary', { ...STANDING, vcpus: Type.Integer({ description: 'how many' }) }))
})

const HardwareException = named('HardwareException', { kind: ErrorException, esr: U64 })

export const Vm = named('Vm', {
  ...STANDING,
  vcpus: Type.Array(
    named('VmVcpu', {
      vcpu: VcpuIndex,
      tid: Pid,
      inRun: Type.Boolean({ description: 'inside KVM_RUN' }),
      signalWaits: Type.Boolean({ description: 'a SIGBUS is decided when KVM_RUN has returned' }),
      recordWaits: Type.Optional(
        named('WaitingRecord', {
          source: SourceId,
          since: Type.Integer({ description: 'nanoseconds of the service' })
        })
      )
    })
  ),
  vmNumber: Type.Integer({ description: 'counts the VMs of the machine: one that gets the same name has another' }),
  asks: Asks,
  policyDeadlineMs: Type.Integer(),
  fallback: Fallback,
  exposeException: Type.Boolean(),
  machineType: Type.Optional(Type.Enum([...MACHINE_TYPES])),
  ghesPresent: Type.Boolean({ description: 'the guest counts as able to read records' }),
  own: named('VmmMemory', { hostVirtual: U64, length: U64 }),
  slots: Type.Array(named('VmMemorySlot', { slot: Type.Integer(), guestPhysical: U64, hostVirtual: U64, length: U64 })),
  hest: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'guest physical; absent without one' })),
  poisoned: Type.Array(
    named('LostMemory', {
      guestPhysical: U64,
      lsb: Type.Integer({ description: '2 to this power bytes are lost' }),
      exception: Type.Optional(HardwareException)
    })
  ),
  counters: named('VmCounters', {
    actionRequired: Type.Integer(),
    actionOptional: Type.Integer(),
    seaExits: Type.Integer(),
    slotOccupied: Type.Integer(),
    recordsWritten: Type.Integer(),
    recordsDropped: Type.Integer(),
    fallbacks: Type.Integer(),
    refusedDecisions: Type.Integer()
  }),
  history: Type.Array(
    named('PastDecision', {
      time: Type.Integer({ description: 'nanoseconds of the service' }),
      code: Type.Enum(['BUS_MCEERR_AR', 'BUS_MCEERR_AO', 'KVM_EXIT_ARM_SEA']),
      vcpu: Type.Optional(VcpuIndex),
      guestPhysical: Type.Optional(U64),
      action: Type.String(),
      because: Type.String(),
      fallback: Type.Boolean()
    }),
    { description: 'the latest decisions, oldest first' }
  )
})

export const VmSources = named('VmSources', {
  sources: Type.Array(
    named('VmErrorSource', {
      source: SourceId,
      notify: Notification,
      pollIntervalMs: Type.Integer(),
      pointer: Type.Unsafe<bigint>({ ...U64, description: 'the cell that holds the address of the block' }),
      readAck: U64,
      block: U64,
      blockLength: Type.Integer(),
      version: Type.Literal(2)
    })
  )
})

export const VmmProfile = named('VmmProfile', {
  name: Type.String(),
  summary: Type.String(),
  asks: Asks,
  defaultPolicy: Type.Optional(Type.String({ description: 'the built-in policy that says what this VMM does itself' })),
  mceKill: MceKill,
  sigbus: Type.Enum(['handler', 'default'])
})
export const VmmProfiles = named('VmmProfiles', { profiles: Type.Array(VmmProfile) })

/** Where the QMP monitor of a VM is. */
export const VmMonitor = named('VmMonitor', {
  vm: VmName,
  path: Type.Optional(Type.String({ description: 'of its Unix socket' })),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'of 127.0.0.1' })),
  clients: Type.Integer({ description: 'connected now' }),
  dropped: Type.Integer({ description: 'clients that were turned away or let go' }),
  because: Type.Optional(Type.String({ description: 'why there is none, or not all of it' }))
})

import { Vm as VmReply, VmmProfiles, Vms, VmSources } from '../../shared/contracts/reads/vmm.ts'
import { closed, VmName } from '../../shared/contracts/common.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { isGhesPresent } from './telling/ghes-present.ts'
import type { Profile } from './profile.ts'
import { PROFILES } from './profiles.ts'
import type { ErrorSource, Vm, VmmState } from './state.ts'

const M = '/v1/machines/:machine'

const short = ({ name, profile, policy, pid, run, paused, because, vcpus }: Vm) => ({
  vm: name,
  profile,
  policy,
  pid,
  state: run,
  paused,
  because,
  vcpus: vcpus.length
})

const whole = (vm: Vm) => ({
  ...short(vm),
  vmNumber: vm.number,
  asks: PROFILES[vm.profile].asks,
  policyDeadlineMs: vm.policyDeadlineMs,
  fallback: vm.fallback,
  exposeException: vm.exposeException,
  machineType: vm.machineType,
  ghesPresent: isGhesPresent(vm),
  own: { hostVirtual: vm.own.hostVirtual, length: vm.own.length },
  slots: vm.slots.map((slot, index) => ({ slot: index, ...slot })),
  vcpus: vm.vcpus.map(({ tid, inRun, sigbus, waiting }, vcpu) => ({
    vcpu,
    tid,
    inRun,
    signalWaits: sigbus !== undefined,
    recordWaits: waiting === undefined ? undefined : { source: waiting.source, since: waiting.since }
  })),
  hest: vm.hest,
  poisoned: vm.poisoned,
  counters: vm.counters,
  history: vm.history
})

/** The read-ack cell itself is guest memory: `readAck` says where to look. */
const sourceView = (source: ErrorSource) => ({ ...source, version: 2 })

const profileView = ([name, { summary, asks, defaultPolicy, mceKill, sigbus }]: readonly [string, Profile]) => ({
  name,
  summary,
  asks,
  defaultPolicy,
  mceKill,
  sigbus
})

const ofVm = { params: closed({ vm: VmName }), example: { vm: 'vm0' }, missing: 'vm-unknown' } as const

export const READS: readonly ReadRoute<VmmState>[] = [
  {
    id: 'listVms',
    path: `${M}/vms`,
    reply: Vms,
    summary: 'Every VM with its state',
    read: ({ vms }) => ({ vms: [...vms.values()].map(short) })
  },
  {
    id: 'getVm',
    path: `${M}/vms/:vm`,
    reply: VmReply,
    summary: 'One VM: memory slots, vCPUs, lost memory, counters, the latest decisions',
    ...ofVm,
    read({ vms }, { vm: name }) {
      const vm = vms.get(name as string)
      return vm === undefined ? undefined : whole(vm)
    }
  },
  {
    id: 'listVmSources',
    path: `${M}/vms/:vm/sources`,
    reply: VmSources,
    summary: 'The error sources of the guest and where they lie in its memory',
    ...ofVm,
    read({ vms }, { vm: name }) {
      const vm = vms.get(name as string)
      return vm === undefined ? undefined : { sources: vm.sources.map(sourceView) }
    }
  },
  {
    id: 'listVmmProfiles',
    path: `${M}/vmm-profiles`,
    reply: VmmProfiles,
    summary: 'The VMMs that can be played, and whether they ask anybody',
    read: () => ({ profiles: Object.entries(PROFILES).map(profileView) })
  }
]

import type { ErrorSource, Vm, VmmState } from './state.ts'

type Params = Readonly<Record<string, string>>

const short = ({ name, profile, policy, pid, run, because, vcpus }: Vm) => ({
  vm: name,
  profile,
  policy,
  pid,
  state: run,
  because,
  vcpus: vcpus.length
})

const whole = (vm: Vm) => ({
  ...short(vm),
  exposeException: vm.exposeException,
  slots: vm.slots.map((slot, index) => ({ slot: index, ...slot })),
  vcpus: vm.vcpus.map(({ tid, inRun, sigbus, waiting }, vcpu) => ({
    vcpu,
    tid,
    inRun,
    signalWaits: sigbus !== undefined,
    recordWaits: waiting === undefined ? undefined : { source: waiting.source, tries: waiting.tries }
  })),
  hest: vm.hest,
  poisoned: vm.poisoned,
  counters: vm.counters,
  history: vm.history
})

/** The read-ack cell itself is guest memory: `readAck` says where to look. */
const sourceView = (source: ErrorSource) => ({ ...source, version: 2 })

const find = (state: VmmState, params: Params) => state.vms.get(params['vm'] ?? '')

/** What one can look at; undefined is 404. Paths start below `/v1/machines/:machine`. */
export const VMM_READS = [
  {
    path: '/vms',
    summary: 'Every VM with its state',
    read: (state: VmmState) => [...state.vms.values()].map(short)
  },
  {
    path: '/vms/:vm',
    summary: 'One VM: memory slots, vCPUs, lost memory, counters, the latest decisions',
    read: (state: VmmState, params: Params) => {
      const vm = find(state, params)
      return vm === undefined ? undefined : whole(vm)
    }
  },
  {
    path: '/vms/:vm/sources',
    summary: 'The error sources of the guest and where they lie in its memory',
    read: (state: VmmState, params: Params) => find(state, params)?.sources.map(sourceView)
  }
] as const

import type { ErrorSource, Vm, VmmState } from './state.ts'

type Params = Readonly<Record<string, string | undefined>>
/** A plain GET: what it shows of a machine; undefined when there is no such thing. */
export interface Read {
  readonly path: string
  readonly summary: string
  readonly read: (state: VmmState, params: Params) => unknown
}
const M = '/v1/machines/:machine'

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

export const READS: readonly Read[] = [
  {
    path: `${M}/vms`,
    summary: 'Every VM with its state',
    read: (state) => [...state.vms.values()].map(short)
  },
  {
    path: `${M}/vms/:vm`,
    summary: 'One VM: memory slots, vCPUs, lost memory, counters, the latest decisions',
    read: (state, params) => {
      const vm = find(state, params)
      return vm === undefined ? undefined : whole(vm)
    }
  },
  {
    path: `${M}/vms/:vm/sources`,
    summary: 'The error sources of the guest and where they lie in its memory',
    read: (state, params) => find(state, params)?.sources.map(sourceView)
  }
]

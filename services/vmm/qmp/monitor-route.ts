import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { VmName } from '../../../shared/contracts/common.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { VmMonitor } from '../../../shared/contracts/reads/vmm.ts'
import type { Inside } from '../../../shared/service/beside.ts'
import { MachineParameter } from '../../../shared/service/describing/message-operation.ts'
import { json, operation } from '../../../shared/service/describing/operation.ts'
import { pretty } from '../../../shared/service/pretty.ts'
import type { Monitor } from './monitor.ts'
import { qmpOf } from './commands.ts'
import { isOver, type Vm, type VmmState } from '../state.ts'

const MONITOR = operation({
  id: 'getVmMonitor',
  summary: 'Where the QMP monitor of a VM is',
  tags: ['reads'],
  params: Type.Object({ machine: MachineParameter, vm: VmName }),
  answers: { 200: json(VmMonitor, 'Its socket and port, or why there is none') },
  refuses: ['machine-unknown', 'vm-unknown']
})

interface OfVm {
  readonly Params: { readonly machine: string; readonly vm: string }
}

/** `GET …/vms/:vm/monitor`. */
export function monitorRoute(
  app: FastifyInstance,
  { engine, view, qmp }: Inside,
  monitorOf: (machine: string, vm: string) => Monitor | undefined,
  isFull: () => boolean
): void {
  app.get<OfVm>('/v1/machines/:machine/vms/:vm/monitor', { schema: MONITOR }, (request, reply) => {
    const { machine, vm: name } = request.params
    const state = engine.state(machine)
    if (state === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
    const vm = (view(state.state) as VmmState).vms.get(name)
    if (vm === undefined) throw new ProblemError('vm-unknown', `no VM ${name}`, { field: '/vm' })
    const told = monitorOf(machine, name)?.told ?? {
      clients: 0,
      dropped: 0,
      because: whyNone(vm, qmp !== undefined, isFull())
    }
    return pretty(reply, { vm: name, ...told })
  })
}

function whyNone(vm: Vm, isAskedFor: boolean, isFull: boolean): string {
  if (!isAskedFor) return 'nobody has asked for monitors: SEABUS_QMP says where they are to be'
  if (qmpOf(vm) === undefined) return `${vm.profile} has no QMP`
  if (isOver(vm)) return `the VM is ${vm.run}`
  return isFull ? 'as many VMs have one as may have one' : 'it is not there yet'
}

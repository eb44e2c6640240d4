import { MIDR_EL1 } from '../../../shared/contracts/hardware.ts'
import type { QmpObject, QmpValue } from './json-value.ts'
import { QmpError } from './qmp-error.ts'
import type { Vm } from '../state.ts'

/** An object of QEMU's object model: its type, what it has, and its children by name. */
interface Node {
  readonly type: string
  readonly properties: Readonly<Record<string, { readonly type: string; readonly value: QmpValue }>>
  readonly children: Readonly<Record<string, Node>>
}

/** Of `-cpu host`, as KVM runs it. */
const CPU_TYPE = 'host-arm-cpu'
const UNATTACHED = '/machine/unattached'

/** Where the object of a vCPU is. */
export const cpuPath = (vcpu: number): string => `${UNATTACHED}/device[${vcpu}]`

/**
 * Spec: QEMU 10.2 qom/object.c, object_resolve_path; hw/core/cpu-common.c; target/arm/cpu.c, arm_cpu_properties (midr).
 * Fidelity: approximates. There are the machine and its CPUs, which come first among the devices that nothing owns.
 */
function rootOf(vm: Vm): Node {
  const cpu: Node = { type: CPU_TYPE, properties: { midr: { type: 'uint64', value: MIDR_EL1 } }, children: {} }
  const cpus = Object.fromEntries(vm.vcpus.map((_, vcpu) => [`device[${vcpu}]`, cpu]))
  const unattached: Node = { type: 'container', properties: {}, children: cpus }
  const machine: Node = { type: `${vm.machineType ?? 'virt'}-machine`, properties: {}, children: { unattached } }
  return { type: 'container', properties: {}, children: { machine } }
}

function at(vm: Vm, path: string): Node {
  const names = path.split('/').filter((name) => name !== '')
  const found = path.startsWith('/')
    ? names.reduce<Node | undefined>((node, name) => childOf(node, name), rootOf(vm))
    : undefined
  if (found === undefined) throw new QmpError(`Device '${path}' not found`, 'DeviceNotFound')
  return found
}
const childOf = (node: Node | undefined, name: string): Node | undefined =>
  node !== undefined && Object.hasOwn(node.children, name) ? node.children[name] : undefined

/** `qom-get`. A child's value is its path. Throws QmpError. */
export function property(vm: Vm, path: string, name: string): QmpValue {
  const { type, properties, children } = at(vm, path)
  if (name === 'type') return type
  if (Object.hasOwn(properties, name)) return (properties[name] as { readonly value: QmpValue }).value
  if (Object.hasOwn(children, name)) return `${path.replace(/\/+$/, '')}/${name}`
  throw new QmpError(`Property '${type}.${name}' not found`)
}

/** `qom-list`. Throws QmpError. */
export function properties(vm: Vm, path: string): readonly QmpObject[] {
  const { properties: own, children } = at(vm, path)
  return [
    { name: 'type', type: 'string' },
    ...Object.entries(own).map(([name, { type }]) => ({ name, type })),
    ...Object.entries(children).map(([name, { type }]) => ({ name, type: `child<${type}>` }))
  ]
}

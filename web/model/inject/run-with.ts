import { isMap, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml'
import { readable, withEntry, type Yaml } from './one-entry.ts'

/** What a scenario can be run with, each where the scenario has it. */
export const RUN_WITH = ['vmm', 'policy', 'hostLinux', 'guestLinux'] as const
export type RunWith = (typeof RUN_WITH)[number]

type Path = readonly string[]

/** Within each VM; the kernel of the host stands within the machine. */
const IN_VM: Readonly<Record<Exclude<RunWith, 'hostLinux'>, Path>> = {
  vmm: ['profile'],
  policy: ['policy'],
  guestLinux: ['guest', 'linux']
}
const IN_MACHINE: Path = ['machine', 'linux']

/** What a scenario says of that: one value, nothing, or several where its VMs differ. */
export interface Said {
  readonly value?: string
  readonly several?: true
  /** Why it can say nothing: it has no VM, or is no YAML. */
  readonly cannot?: string
}

/** What a scenario says of the VMM, the policy and the kernels that it is run with. */
export function saidOf(text: string): Readonly<Record<RunWith, Said>> {
  const yaml = readable(text)
  const each = (what: RunWith): Said => {
    if (yaml === undefined) return { cannot: 'the scenario cannot be read' }
    if (what === 'hostLinux') return { ...textAt(yaml.getIn(IN_MACHINE)) }
    const vms = vmsIn(yaml)
    if (vms === 'none') return { cannot: 'the scenario has no VM' }
    const values = [...new Set(vms.map((vm) => textAt(vm.getIn(IN_VM[what])).value))]
    const [value] = values
    if (values.length > 1) return { several: true }
    return value === undefined ? {} : { value }
  }
  return Object.fromEntries(RUN_WITH.map((what) => [what, each(what)])) as Record<RunWith, Said>
}

/**
 * The scenario with that said of its machine, or of each of its VMs; '' says nothing of it, so that it is as usual. All else
 * stays as it is written. Undefined where it cannot be said.
 */
export function withSaid(text: string, what: RunWith, value: string): string | undefined {
  const yaml = readable(text)
  if (yaml === undefined) return undefined
  if (what === 'hostLinux') {
    say(yaml, yaml.contents, IN_MACHINE, value)
    return withEntry(text, yaml, 'machine', BEFORE)
  }
  if (vmsIn(yaml) === 'none') return undefined
  if (value !== '' && !isSeq(yaml.get('vms'))) yaml.set('vms', yaml.createNode([{}]))
  const vms = vmsIn(yaml)
  if (vms !== 'none') for (const vm of vms) say(yaml, vm, IN_VM[what], value)
  if (isOneUsualVm(yaml.contents)) yaml.delete('vms')
  return withEntry(text, yaml, 'vms', BEFORE)
}

/** A setting goes before what happens, as the shipped files have it. */
const BEFORE = 'steps'

/** The VMs that are written out; a scenario that names neither VMs nor processes has one all the same. */
function vmsIn(yaml: Yaml): readonly YAMLMap[] | 'none' {
  const vms: unknown = yaml.get('vms')
  if (isSeq(vms)) return vms.items.length === 0 ? 'none' : vms.items.filter((vm) => isMap(vm))
  return yaml.has('processes') ? 'none' : []
}

/** A kernel may be written as a number; anything else that is no text is a mistake, and told as one. */
const textAt = (value: unknown): Said =>
  typeof value === 'string' || typeof value === 'number' ? { value: String(value) } : {}

/** Writes a value at a path below a map, or takes it away with the maps that are empty then. */
function say(yaml: Yaml, map: YAMLMap, [key = '', ...rest]: Path, value: string): void {
  const inner: unknown = map.get(key, true)
  if (rest.length === 0) {
    if (value === '') map.delete(key)
    else map.set(key, scalar(value, isScalar(inner) ? inner.comment : undefined))
    return
  }
  if (isMap(inner)) {
    say(yaml, inner, rest, value)
    if (inner.items.length === 0) map.delete(key)
  } else if (value !== '') {
    const made = yaml.createNode({}) as unknown as YAMLMap
    made.flow = true
    say(yaml, made, rest, value)
    map.set(key, made)
  }
}

/** A series such as 6.1 is a number to YAML, and means the same here. */
function scalar(value: string, comment: Scalar['comment']): Scalar {
  const made = new Scalar(/^\d+\.\d+$/.test(value) ? Number(value) : value)
  if (comment !== undefined) made.comment = comment
  return made
}

/** A list of one VM of which nothing is said. */
function isOneUsualVm(scenario: YAMLMap): boolean {
  const vms: unknown = scenario.get('vms')
  return isSeq(vms) && vms.items.length === 1 && isMap(vms.items[0]) && vms.items[0].items.length === 0
}

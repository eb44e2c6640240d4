import { POLICY_NAMES } from '../contracts/policy.ts'
import type { Layer } from '../contracts/layer.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import { wire } from '../contracts/validate.ts'
import { VMM_PROFILES } from '../contracts/vmm.ts'
import { nearest } from '../contracts/nearest.ts'
import type { Fault } from './check-schema.ts'
import { EVENT_TYPES } from './event-types.ts'
import { eventTypeOf, regularExpressions } from './match-event.ts'
import { DEFAULT_TASKS, DEFAULT_VM } from './plan.ts'
import type { ScenarioFile, StepFile } from './schema.ts'

type Path = Fault['path']

/** What a schema cannot say: names that nothing has, names that two have. All of it, in the order of the file. */
export function meaningFaults(file: ScenarioFile): readonly Fault[] {
  return [...names(file), ...settings(file), ...file.steps.flatMap(stepFaults(file)), ...expectations(file)]
}

function unknown(path: Path, what: string, name: string, known: readonly string[]): readonly Fault[] {
  if (known.includes(name)) return []
  const meant = nearest(name, known, Infinity)
  const hint = meant === undefined ? 'there is none at all' : `did you mean ${meant}?`
  return [{ path, at: 'value', message: `there is no ${what} ${name}; ${hint}` }]
}

const nameOf = (one: string | { readonly name: string }) => (typeof one === 'string' ? one : one.name)
const hasDefaultVm = (file: ScenarioFile) => file.vms === undefined && file.processes === undefined

function vmNames(file: ScenarioFile): readonly string[] {
  if (hasDefaultVm(file)) return [DEFAULT_VM]
  return (file.vms ?? []).map(({ name }, index) => name ?? `vm${index}`)
}
function taskNames(file: ScenarioFile): readonly string[] {
  if (hasDefaultVm(file)) return DEFAULT_TASKS
  return (file.vms ?? []).flatMap(({ tasks }) => (tasks ?? DEFAULT_TASKS).map(nameOf))
}
const processNames = (file: ScenarioFile) => (file.processes ?? []).map(nameOf)

/** Tasks, processes and VMs: each name once, and `shares` means one of the same kernel. */
function names(file: ScenarioFile): readonly Fault[] {
  const seen = new Set<string>()
  const once = (name: string, path: Path): readonly Fault[] => {
    const twice = seen.has(name)
    seen.add(name)
    return twice ? [{ path, at: 'value', message: `two are called ${name}` }] : []
  }
  const shares = (path: Path, one: string | { shares?: string }, siblings: readonly string[]) =>
    typeof one === 'string' || one.shares === undefined
      ? []
      : unknown([...path, 'shares'], 'neighbour', one.shares, siblings)
  const ofVms = (file.vms ?? []).flatMap(({ name, tasks = [] }, v) => [
    ...once(`vm ${name ?? `vm${v}`}`, ['vms', v]),
    ...tasks.flatMap((task, t) => {
      const path = ['vms', v, 'tasks', t]
      return [...once(nameOf(task), path), ...shares(path, task, tasks.slice(0, t).map(nameOf))]
    })
  ])
  const processes = file.processes ?? []
  const ofHost = processes.flatMap((one, p) => [
    ...once(nameOf(one), ['processes', p]),
    ...shares(['processes', p], one, processes.slice(0, p).map(nameOf))
  ])
  return [...ofVms, ...ofHost]
}

function settings({ vms = [] }: ScenarioFile): readonly Fault[] {
  return vms.flatMap(({ profile, policy }, v) => [
    ...(profile === undefined ? [] : unknown(['vms', v, 'profile'], 'VMM profile', profile, VMM_PROFILES)),
    ...(policy === undefined ? [] : unknown(['vms', v, 'policy'], 'policy', policy, POLICY_NAMES))
  ])
}

function stepFaults(file: ScenarioFile) {
  const actors = [...taskNames(file), ...processNames(file)]
  const place = (path: Path, value: unknown): readonly Fault[] => {
    if (typeof value === 'string') return unknown(path, 'task or process', value, actors)
    if (Array.isArray(value)) return value.flatMap((one, index) => place([...path, index], one))
    if (typeof value !== 'object' || value === null) return []
    const { task, vmm } = value as { task?: string; vmm?: string }
    return [
      ...(task === undefined ? [] : unknown([...path, 'task'], 'task or process', task, actors)),
      ...(vmm === undefined ? [] : unknown([...path, 'vmm'], 'VM', vmm, vmNames(file)))
    ]
  }
  return (step: StepFile, index: number): readonly Fault[] => {
    const path = ['steps', index]
    const { reset, migrate, policy, message, report, bert } = step
    const vm = (key: string, name: string | undefined) =>
      name === undefined ? [] : unknown([...path, key], 'VM', name, vmNames(file))
    return [
      ...Object.entries(step).flatMap(([key, value]) => (PLACED_STEPS.has(key) ? place([...path, key], value) : [])),
      ...vm('reset', reset),
      ...vm('migrate', migrate),
      ...(policy === undefined ? [] : unknown([...path, 'policy', 'name'], 'policy', policy.name, POLICY_NAMES)),
      ...(message === undefined ? [] : messageFaults([...path, 'message'], message)),
      ...(isHalfAByte(bert?.bytes) ? [{ path: [...path, 'bert', 'bytes'], at: 'value', message: HALF } as const] : []),
      ...(isHalfAByte(report?.bytes)
        ? [{ path: [...path, 'report', 'bytes'], at: 'value', message: HALF } as const]
        : [])
    ]
  }
}
const HALF = 'ends in the middle of a byte'
const isHalfAByte = (hex = '') => hex.replaceAll(/\s/g, '').length % 2 === 1

/** A message as its receiver would take it: of a type it knows, with the data of that type. */
function messageFaults(path: Path, { to, type, data = {} }: NonNullable<StepFile['message']>): readonly Fault[] {
  const accepts = ACCEPTS[to as Layer]
  const row = accepts.find((one) => one.type === type)
  if (row === undefined) {
    return unknown(
      [...path, 'type'],
      `message to ${to}`,
      type,
      accepts.map((one) => one.type)
    )
  }
  const parsed = wire(row.data).parse(data)
  if ('value' in parsed) return []
  const { field, detail } = parsed.error
  return [{ path: [...path, 'data', ...field.split('/').slice(1)], at: 'value', message: detail }]
}

const PLACED_STEPS: ReadonlySet<string> = new Set([
  'bert',
  'touch',
  'poison',
  'einj',
  'report',
  'scrub',
  'repair',
  'remap',
  'madvise',
  'prctl',
  'offline'
])

function expectations(file: ScenarioFile): readonly Fault[] {
  const { expect = {} } = file
  const keys = (
    field: 'tasks' | 'processes' | 'vms' | 'taskSignals' | 'processSignals',
    what: string,
    known: readonly string[]
  ) => Object.keys(expect[field] ?? {}).flatMap((name) => unknown(['expect', field, name], what, name, known))
  const events = (['events', 'never', 'always'] as const).flatMap((field) =>
    (expect[field] ?? []).flatMap((pattern, index) =>
      unknown(['expect', field, index], 'event type', eventTypeOf(pattern), [...EVENT_TYPES])
    )
  )
  const expressions = (['events', 'never', 'always'] as const).flatMap((field) =>
    (expect[field] ?? []).flatMap((pattern, index) =>
      regularExpressions(pattern)
        .filter((text) => !isExpression(text))
        .map((text): Fault => ({
          path: ['expect', field, index],
          at: 'value',
          message: `/${text}/ is no regular expression`
        }))
    )
  )
  return [
    ...keys('tasks', 'task', taskNames(file)),
    ...keys('taskSignals', 'task', taskNames(file)),
    ...keys('processes', 'process', processNames(file)),
    ...keys('processSignals', 'process', processNames(file)),
    ...keys('vms', 'VM', vmNames(file)),
    ...events,
    ...expressions
  ]
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

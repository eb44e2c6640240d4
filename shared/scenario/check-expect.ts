import { MACHINE_START } from '../contracts/message.ts'
import { MODELLED_LAYERS } from '../contracts/layer.ts'
import { discriminated, partFaults } from './check-part.ts'
import { unknownName, type Cast } from './cast.ts'
import type { Fault } from './fault.ts'
import { EVENTS, REFUSAL, type EventRow } from './event-types.ts'
import { wantedOf } from './match-event.ts'
import type { ScenarioFile } from './schema.ts'
import type { EventPattern, Expectation } from './schema-expect.ts'

type Path = Fault['path']
const bad = (path: Path, message: string): readonly Fault[] => [
  { path, at: 'value', rule: 'expectation', says: message }
]

/** Expectations that would fail, or hold, whatever happens. */
export function expectFaults({ expect = {} }: ScenarioFile, cast: Cast): readonly Fault[] {
  return [...outcomeFaults(expect, cast), ...TRACE_PARTS.flatMap((part) => eventFaults(part, expect[part] ?? [], cast))]
}

const TRACE_PARTS = ['events', 'never', 'always'] as const

/** Names that nobody has, and guests and VMs where there are none. */
function outcomeFaults(expect: Expectation, { tasks, processes, vms, isOpen }: Cast): readonly Fault[] {
  if (isOpen) return []
  const named = (field: keyof Expectation, what: string, known: readonly string[]) =>
    Object.keys(expect[field] ?? {}).flatMap((name) => unknownName(['expect', field, name], 'key', what, name, known))
  const ofVms = (['vm', 'guest'] as const).flatMap((field) => {
    const wanted = expect[field]
    if (wanted === undefined) return []
    if (vms.length === 0 && wanted !== 'none') return bad(['expect', field], `there is no VM in this file: it is none`)
    return vms.length > 0 && wanted === 'none' ? bad(['expect', field], 'there is a VM in this file') : []
  })
  return [
    ...ofVms,
    ...named('tasks', 'task', tasks),
    ...named('taskSignals', 'task', tasks),
    ...named('processes', 'process', processes),
    ...named('processSignals', 'process', processes),
    ...named('vms', 'VM', vms),
    ...named('guests', 'guest', vms)
  ]
}

function eventFaults(part: (typeof TRACE_PARTS)[number], patterns: readonly EventPattern[], cast: Cast) {
  return patterns.flatMap((pattern, index): readonly Fault[] => {
    const path = ['expect', part, index]
    const faults = patternFaults(pattern, path, cast)
    if (faults.length > 0 || part !== 'always') return faults
    const data = typeof pattern === 'string' ? {} : (Object.values(pattern)[0] ?? {})
    if (Object.keys(data).length > 0) return []
    return bad(path, 'says nothing: whenever it happens, which of its data are so?')
  })
}

/** One event against the contracts of all that have its type. */
function patternFaults(pattern: EventPattern, path: Path, cast: Cast): readonly Fault[] {
  const { type, layer, isRefusal } = wantedOf(pattern)
  const [name = '', data = {}] = typeof pattern === 'string' ? [pattern] : (Object.entries(pattern)[0] ?? [])
  const isKey = typeof pattern !== 'string'
  const at = isKey ? 'key' : 'value'
  const place = isKey ? [...path, name] : path

  const known = EVENTS.filter((row) => row.isMessage || !isRefusal)
  const ofType = known.filter((row) => row.type === type)
  if (ofType.length === 0) {
    const isNote = EVENTS.some((row) => row.type === type)
    if (isNote)
      return [{ path: place, at, rule: 'expectation', says: `${type} is noted and not sent; nobody can refuse it` }]
    const what = isRefusal ? 'message' : 'event type'
    return unknownName(place, at, what, type, [...new Set(known.map((row) => row.type))])
  }
  if (layer !== undefined && !(MODELLED_LAYERS as readonly string[]).includes(layer)) {
    return unknownName(place, at, 'layer', layer, MODELLED_LAYERS)
  }
  const rows = ofType.filter((row) => layer === undefined || row.layer === layer)
  if (rows.length === 0) {
    const layers = [...new Set(ofType.map((row) => row.layer))].join(', ')
    return [{ path: place, at, rule: 'expectation', says: `there is no ${type} at ${layer}, only at ${layers}` }]
  }
  const isNowhere =
    !cast.isOpen && cast.vms.length === 0 && type !== MACHINE_START && rows.every((row) => OF_VMS.has(row.layer))
  if (isNowhere)
    return [{ path: place, at, rule: 'expectation', says: `there is no VM in this file, so ${type} never happens` }]
  return isRefusal ? partFaults(REFUSAL, data, place) : dataFaults(rows, data, place, cast)
}

/** Layers where nothing happens without a VM. */
const OF_VMS: ReadonlySet<string> = new Set(['vmm', 'policy', 'guest'])

function dataFaults(rows: readonly EventRow[], data: Readonly<Record<string, unknown>>, path: Path, cast: Cast) {
  const meant = discriminated(rows, data, path)
  if ('says' in meant) return [meant]
  const tried = meant.map((row) => partFaults(row.data, data, path))
  const [fewest = []] = tried.toSorted((a, b) => a.length - b.length)
  const { vm } = data
  if (fewest.length > 0 || cast.isOpen || typeof vm !== 'string' || vm.startsWith('/')) return fewest
  return unknownName([...path, 'vm'], 'value', 'VM', vm, cast.vms)
}

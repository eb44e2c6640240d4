import type { Cast } from './cast.ts'
import { unknownName } from './cast.ts'
import type { Fault } from './fault.ts'
import { distanceOf } from './distance.ts'
import { addressOf } from './scalars.ts'
import { planOf, type Actor, type Plan } from './plan.ts'
import type { ScenarioFile } from './schema.ts'
import type { PlaceFile, StepFile } from './schema-step.ts'

type Path = Fault['path']
const bad = (path: Path, message: string): readonly Fault[] => [{ path, at: 'value', rule: 'place', says: message }]

/** Every key that says where or who, over all steps. */
type Where = PlaceFile & {
  readonly vcpu?: number
  readonly thread?: number
  readonly masked?: boolean
  readonly via?: string
  readonly by?: string
  readonly kernel?: string
  readonly bytes?: string
}
const WHOSE = ['task', 'vmm', 'hostPhysical'] as const
type Whose = (typeof WHOSE)[number]

interface Rule {
  /** Whose memory it can be; none named means one must be. */
  readonly of: readonly Whose[]
  readonly mayBeNowhere?: true
  /** Only a process of the host does this by itself. */
  readonly ofHost?: true
  /** The entry of a page table can be meant. */
  readonly table?: true
  readonly without?: readonly (keyof PlaceFile)[]
}

/** What each step that has a place takes. */
export const PLACE_RULES: Readonly<Partial<Record<keyof StepFile, Rule>>> = {
  touch: { of: ['task', 'vmm'] },
  poison: { of: WHOSE, table: true },
  einj: { of: WHOSE, table: true, mayBeNowhere: true },
  bert: { of: WHOSE, table: true, mayBeNowhere: true },
  report: { of: WHOSE, table: true, mayBeNowhere: true },
  scrub: { of: WHOSE, table: true },
  repair: { of: WHOSE, table: true },
  remap: { of: ['task'], ofHost: true, without: ['offset'] },
  madvise: { of: ['task', 'vmm'] },
  prctl: { of: ['task', 'vmm'], without: ['page', 'offset'] },
  offline: { of: WHOSE, table: true }
}

/** Places of steps that nobody has, or that lie outside of their owner's memory. */
export function placeFaults(file: ScenarioFile, cast: Cast): readonly Fault[] {
  const plan = planOf(file)
  return file.steps.flatMap((step, index) =>
    Object.entries(step).flatMap(([key, value]) => {
      const rule = PLACE_RULES[key as keyof StepFile]
      if (rule === undefined || value === undefined) return []
      const path = ['steps', index, key]
      return Array.isArray(value)
        ? value.flatMap((one, at) => whereFaults([...path, at], one as string | Where, rule, plan, cast))
        : whereFaults(path, value as string | Where, rule, plan, cast)
    })
  )
}

function whereFaults(path: Path, where: string | Where, rule: Rule, plan: Plan, cast: Cast): readonly Fault[] {
  const place: Where = typeof where === 'string' ? { task: where } : where
  const taskPath = typeof where === 'string' ? path : [...path, 'task']
  const given = WHOSE.filter((name) => place[name] !== undefined)
  const other = given.find((name) => !rule.of.includes(name))
  if (other !== undefined) return bad([...path, other], `this is done in memory of a ${rule.of.join(' or ')}`)
  if (given.length > 1) return bad(path, `one place, not ${given.join(' and ')}`)
  if (given.length === 0)
    return rule.mayBeNowhere ? nowhereFaults(path, place) : bad(path, `needs ${rule.of.join(' or ')}`)
  if (place.vmm !== undefined) {
    return [...unknownName([...path, 'vmm'], 'value', 'VM', place.vmm, cast.vms), ...unused(path, place, rule, 'vmm')]
  }
  if (place.task === undefined) {
    const isFar = place.hostPhysical !== undefined && addressOf(place.hostPhysical) + distanceOf(place) >= U64_END
    const far = isFar ? bad([...path, 'hostPhysical'], 'with page and offset this is more than 64 bits') : []
    return [...unused(path, place, rule, 'hostPhysical'), ...far]
  }
  const actor = plan.actors.get(place.task)
  if (actor === undefined) {
    return unknownName(taskPath, 'value', 'task or process', place.task, [...cast.tasks, ...cast.processes])
  }
  if (rule.ofHost && actor.kind !== 'process') return bad(taskPath, 'only a process of the host does this by itself')
  return [...unused(path, place, rule, actor.kind), ...rangeFaults(path, place, actor, plan)]
}

/** A page without an owner. */
function nowhereFaults(path: Path, place: Where): readonly Fault[] {
  return (['page', 'offset', 'table'] as const).flatMap((name) =>
    place[name] === undefined ? [] : bad([...path, name], `of whose memory? Give ${WHOSE.join(' or ')}`)
  )
}

/** What means nothing for whoever is named, and would be passed over in silence. */
const MEANINGLESS: Readonly<Record<Actor['kind'] | 'vmm' | 'hostPhysical', readonly (keyof Where)[]>> = {
  task: ['thread'],
  process: ['vcpu', 'masked', 'table', 'by'],
  vmm: ['vcpu', 'masked', 'table', 'by'],
  hostPhysical: ['table']
}

function unused(path: Path, place: Where, { table, without = [] }: Rule, kind: keyof typeof MEANINGLESS) {
  const never = [...MEANINGLESS[kind], ...without, ...(table && place.kernel !== 'guest' ? [] : (['table'] as const))]
  const who = kind === 'hostPhysical' ? 'an address' : `a ${kind === 'vmm' ? 'VMM' : kind}`
  const names = [...new Set(never)].filter(
    (name) => place[name] !== undefined && !(name === 'thread' && place.by !== undefined)
  )
  return [
    ...names.flatMap((name) => bad([...path, name], `means nothing here, for ${who}`)),
    ...(place.via === 'walk' && kind !== 'task' ? bad([...path, 'via'], NO_WALK) : []),
    ...(place.kernel === 'guest' && kind !== 'task' ? bad([...path, 'kernel'], `guest: not for ${who}`) : [])
  ]
}

const NO_WALK = 'walk is for tasks of a guest; page tables of the host hold no error here'
const PAGE = 4096
const U64_END = 1n << 64n
/** A level 3 table has so many entries, and a task has one table here. */
const ENTRIES = 512

function rangeFaults(path: Path, place: Where, actor: Actor, plan: Plan): readonly Fault[] {
  const { page = 0, vcpu = 0, thread = 0, table, via, by } = place
  const pages = Number(actor.length) / PAGE
  const vcpus = actor.kind === 'task' ? (plan.vms.find(({ vm }) => vm === actor.vm)?.vcpus ?? 1) : 1
  const isWalk = table === true || via === 'walk'
  const has = (count: number, what: string) =>
    `there are ${count} ${what}, numbered from 0; this is one too many or more`
  return [
    ...(page < pages
      ? []
      : bad([...path, 'page'], `its memory has ${pages} pages of 4 KiB, numbered from 0; ${page} is not among them`)),
    ...(isWalk && page >= ENTRIES ? bad([...path, 'page'], `one table of ${ENTRIES} entries is modelled`) : []),
    ...(vcpu < vcpus ? [] : bad([...path, 'vcpu'], has(vcpus, 'vCPUs'))),
    // A task of a guest takes no thread at all, which has been said.
    ...(thread < actor.threads || by !== undefined || actor.kind === 'task'
      ? []
      : bad([...path, 'thread'], has(actor.threads, 'threads')))
  ]
}

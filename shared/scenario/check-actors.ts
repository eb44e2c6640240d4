import { nameOf, tasksOf, unknownName, vmNameOf, vmsOf } from './cast.ts'
import type { Fault } from './fault.ts'
import { grainOf } from './lay-out.ts'
import { GUEST_RAM_START, planOf, type Plan } from './plan.ts'
import { addressOf, sizeOf } from './scalars.ts'
import type { ScenarioFile } from './schema.ts'
import type { ProcessFile, TaskFile } from './schema-actors.ts'

type Path = Fault['path']
const bad = (path: Path, message: string): Fault => ({ path, at: 'value', rule: 'actor', says: message })

/** Those who are in a file, as they cannot be: one name for two, memory that is no pages, numbers that two have. */
export function actorFaults(file: ScenarioFile): readonly Fault[] {
  const faults = [...nameFaults(file), ...memoryFaults(file)]
  return faults.length > 0 ? faults : numberFaults(file)
}

type One = string | TaskFile | ProcessFile

/** Tasks, processes and VMs: each name once. */
function nameFaults(file: ScenarioFile): readonly Fault[] {
  const seen = new Set<string>()
  const once = (name: string, path: Path, hint = ''): readonly Fault[] => {
    const twice = seen.has(name)
    seen.add(name)
    return twice ? [bad(path, `two are called ${name}${hint}`)] : []
  }
  const vms = vmsOf(file).flatMap((vm, v) => [
    ...once(`vm ${vmNameOf(vm, v)}`, ['vms', v]),
    ...tasksOf(vm).flatMap((task, t) => {
      if (vm.tasks !== undefined) return once(nameOf(task), ['vms', v, 'tasks', t])
      return once(nameOf(task), ['vms', v], '; give the tasks of this VM names')
    })
  ])
  const processes = (file.processes ?? []).flatMap((one, p) => once(nameOf(one), ['processes', p]))
  return [...vms, ...processes]
}

/** Sizes that are no whole pages, and what somebody says of memory that is another one's. */
function memoryFaults(file: ScenarioFile): readonly Fault[] {
  const hostPage = BigInt(file.machine?.pageSize ?? 4096)
  const ofVms = (file.vms ?? []).flatMap(({ memory, backing, tasks = [] }, v) => [
    ...sizeFaults(['vms', v, 'memory'], memory, grainOf(backing, hostPage)),
    ...tasks.flatMap((task, t) => ofOne(task, tasks.slice(0, t), ['vms', v, 'tasks', t], 4096n))
  ])
  const processes = file.processes ?? []
  return [
    ...ofVms,
    ...processes.flatMap((one, p) => ofOne(one, processes.slice(0, p), ['processes', p], hostPage)),
    ...rangeFaults(file)
  ]
}

function sizeFaults(path: Path, size: number | string | undefined, grain: bigint): readonly Fault[] {
  if (size === undefined || sizeOf(size) % grain === 0n) return []
  return [bad(path, `must be whole pages, here of ${grain / 1024n}K, not ${size}`)]
}

function ofOne(one: One, before: readonly One[], path: Path, page: bigint): readonly Fault[] {
  if (typeof one === 'string') return []
  const { shares, size, backing, dirty } = one
  if (shares === undefined) return sizeFaults([...path, 'size'], size, grainOf(backing, page))
  const place = [...path, 'shares']
  if (shares === one.name) return [bad(place, 'nobody shares its own pages')]
  const other = before.find((candidate) => nameOf(candidate) === shares)
  if (other === undefined) return unknownName(place, 'value', 'neighbour above', shares, before.map(nameOf))
  const own = { size, backing }
  const theirs = Object.entries(own).filter(([, value]) => value !== undefined)
  return [
    ...theirs.map(([name]) => bad([...path, name], `is that of ${shares}, whose pages these are; leave it out`)),
    // Whoever writes to a page makes it dirty for all who map it; nobody makes it clean.
    ...(dirty === false && !isClean(other, before)
      ? [bad([...path, 'dirty'], `${shares} has written to these pages, and they are the same pages`)]
      : [])
  ]
}

function isClean(one: One, before: readonly One[]): boolean {
  if (typeof one === 'string') return false
  if (one.dirty !== undefined || one.shares === undefined) return one.dirty === false
  const other = before.find((candidate) => nameOf(candidate) === one.shares)
  return other !== undefined && isClean(other, before)
}

/** RAM, and frames that are something, in ranges that are empty or no pages; RAM also in ranges that lie over each other. */
function rangeFaults({ machine, vms = [] }: ScenarioFile): readonly Fault[] {
  const ranges = (machine?.memory ?? []).map(valueOf)
  const over = ranges.flatMap(({ start, end }, index) => {
    const isOver = ranges.slice(0, index).some((other) => start < other.end && other.start < end)
    return isOver ? [bad(['machine', 'memory', index], 'lies over another range')] : []
  })
  return [
    ...edgeFaults(['machine', 'memory'], machine?.memory),
    ...over,
    ...edgeFaults(['machine', 'frames'], machine?.frames),
    ...vms.flatMap(({ guest }, v) => edgeFaults(['vms', v, 'guest', 'frames'], guest?.frames))
  ]
}

interface RangeFile {
  readonly start: number | string
  readonly end: number | string
}
const valueOf = ({ start, end }: RangeFile) => ({ start: addressOf(start), end: addressOf(end) })
const PAGE = 0x1000n

function edgeFaults(path: Path, ranges: readonly RangeFile[] = []): readonly Fault[] {
  return ranges.flatMap((range, index) => {
    const { start, end } = valueOf(range)
    const at = [...path, index]
    if (end <= start) return [bad(at, 'ends before it begins')]
    const uneven = (['start', 'end'] as const).filter((edge) => addressOf(range[edge]) % PAGE !== 0n)
    return uneven.map((edge) => bad([...at, edge], 'must be the edge of a page of 4K'))
  })
}

/** Tasks whose memory does not fit into the RAM of their VM. */
function roomFaults(plan: Plan, paths: readonly Path[]): readonly Fault[] {
  return [...plan.actors].flatMap(([name, actor], index) => {
    if (actor.kind !== 'task') return []
    const length = plan.vms.find(({ vm }) => vm === actor.vm)?.length ?? 0n
    const isIn = actor.physical + actor.length <= GUEST_RAM_START + length
    return isIn ? [] : [bad(paths[index] ?? [], `the memory of ${name} goes beyond that of ${actor.vm}`)]
  })
}

/** Process ids, threads counted: one number for two of one kernel. And memory that is not there. */
function numberFaults(file: ScenarioFile): readonly Fault[] {
  const plan = planOf(file)
  const paths = [
    ...vmsOf(file).flatMap((vm, v) => tasksOf(vm).map((_, t): Path => ['vms', v, 'tasks', t])),
    ...(file.processes ?? []).map((_, p): Path => ['processes', p])
  ]
  const taken = new Map<string, string>()
  const twice = [...plan.actors].flatMap(([name, actor], index) => {
    const { pid, threads } = actor
    const kernel = actor.kind === 'task' ? actor.vm : 'host'
    for (let tid = pid; tid < pid + threads; tid++) {
      const other = taken.get(`${kernel} ${tid}`)
      if (other !== undefined) return [bad(paths[index] ?? [], `thread ${tid} is ${other}'s as well`)]
      taken.set(`${kernel} ${tid}`, name)
    }
    return []
  })
  return [...twice, ...roomFaults(plan, paths)]
}

import { isFields } from './check-schema.ts'
import type { Fault } from './fault.ts'
import type { ScenarioFile } from './schema.ts'

/** What is left of a scenario file without what its schema refuses, so that the rest can be looked at for what it says. */
export interface SoundPart {
  readonly file: ScenarioFile
  /** Whether a fault about the rest, at this place and of this kind, is one whatever was meant by what is left out. */
  isSure(fault: Fault): boolean
}

type Path = Fault['path']
type Tree = Record<string | number, unknown>

/** Stands where a step or a pattern was that cannot be read, so that those after it keep their places. */
const NO_STEP = { wait: '1ns' }
const NO_EVENT = 'error.inject'

/** Who takes part, and where what they have lies, hangs on these. */
const OF_CAST: ReadonlySet<string | number> = new Set(['name', 'tasks', 'memory', 'backing', 'pageSize', 'frames'])
/** Rules that hold a step or a pattern against the contracts alone, whoever takes part. */
const OF_CONTRACTS: ReadonlySet<string> = new Set(['wait', 'record', 'message', 'expectation'])

/** Leaves out of a value what the schema's faults are about; undefined where nothing readable is left. */
export function soundPart(value: unknown, faults: readonly Fault[]): SoundPart | undefined {
  if (!isFields(value) || Array.isArray(value)) return undefined
  const file = structuredClone(value) as Tree
  const left: Path[] = []
  let isCastKnown = true
  let isOpen = false
  for (const { path, at, rule, suggestion } of faults) {
    const [part = ''] = path
    const cut = cutOf(path)
    if (part === 'steps') isOpen ||= at === 'key' || path.length === 1 || isMessage(value, path)
    else if (part !== 'expect') {
      // A misspelt key stands for the one that was probably meant.
      const meant = rule === 'unknown-key' ? (suggestion ?? 'name') : path[part === 'machine' ? 1 : 2]
      isCastKnown &&= rule !== 'missing' && !isOfCast(part, meant)
    }
    leaveOut(file, cut)
    left.push(cut)
  }
  const filled = {
    seabus: 1,
    title: '-',
    ...file,
    steps: Array.isArray(file.steps) ? (file.steps as unknown[]) : [NO_STEP]
  }
  return {
    file: filled as unknown as ScenarioFile,
    isSure(fault) {
      if (left.some((path) => path.every((name, index) => fault.path[index] === name))) return false
      // Somebody who is not known may be made by a step that cannot be read.
      if (isOpen && fault.path[0] === 'expect' && fault.at === 'key' && fault.rule === 'unknown-name') return false
      return isCastKnown || isOfContracts(fault)
    }
  }
}

/** Whether a fault holds whoever takes part: of types of messages and events, and of what their data can be. */
const isOfContracts = ({ path, rule }: Fault): boolean =>
  (OF_CONTRACTS.has(rule) && path.length > 2) ||
  (rule === 'unknown-name' && path[0] === 'expect' && typeof path[2] === 'number')

/** Whether a key of a part, or the part itself where no key is named, says who takes part. */
const isOfCast = (part: string | number, key: string | number = 'name'): boolean =>
  ['machine', 'vms', 'processes'].includes(String(part)) && OF_CAST.has(key)

const isMessage = (value: object, [, index]: Path): boolean => {
  const { steps } = value as { readonly steps?: unknown }
  const step: unknown = Array.isArray(steps) ? steps[Number(index)] : undefined
  return isFields(step) && 'message' in step
}

/** The smallest part around a fault without which the rest is a scenario: a step, a pattern, a key of somebody. */
function cutOf(path: Path): Path {
  const [part = ''] = path
  if (part === 'steps') return path.slice(0, 2)
  if (part === 'expect') return path.slice(0, typeof path[2] === 'number' ? 3 : 2)
  if (part === 'machine') return path.slice(0, 2)
  return path.slice(0, 3)
}

function leaveOut(file: Tree, path: Path): void {
  const name = path.at(-1)
  if (name === undefined) return
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((part, key) => (isFields(part) ? (part as Tree)[key] : undefined), file)
  if (!isFields(holder)) return
  if (!Array.isArray(holder)) Reflect.deleteProperty(holder, name)
  else holder[Number(name)] = path[0] === 'steps' ? NO_STEP : NO_EVENT
}

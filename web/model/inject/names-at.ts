import { ACCEPTS } from '../../../shared/contracts/registry.ts'
import type { Layer } from '../../../shared/contracts/layer.ts'
import { castOf, type Cast } from '../../../shared/scenario/cast.ts'
import { EVENTS } from '../../../shared/scenario/event-types.ts'
import type { ScenarioFile } from '../../../shared/scenario/schema.ts'
import type { Offer, Offers } from './offers.ts'
import { at } from './schema-at.ts'

type Path = readonly (string | number)[]
/** Of a place the names that it can have, from who is in the scenario and what there is to run it on. */
type Names = (cast: Cast, offers: Offers, file: unknown, path: Path) => readonly Offer[]

const say = (names: readonly string[], says: string): readonly Offer[] => names.map((name) => ({ name, says }))
const actors: Names = ({ tasks, processes }) => [
  ...say(tasks, 'a task of a guest'),
  ...say(processes, 'a process of the host')
]
const vms: Names = (cast) => say(cast.vms, 'a VM')
const policies: Names = (_cast, offers) => offers.policies

/** Places by their paths; a number of a path is written `#`. */
const NAMES: readonly (readonly [place: RegExp, names: Names])[] = [
  [/^steps\/#\/(?:touch|poison|scrub|repair|remap)(?:\/#)?$/, actors],
  [/^steps\/#\/.*\btask$/, actors],
  [/^steps\/#\/(?:reset|migrate|policy\/vm)$/, vms],
  [/^steps\/#\/.*\bvmm$/, vms],
  [/^vms\/#\/profile$/, (_cast, offers) => offers.vmms],
  [/^vms\/#\/policy$|^steps\/#\/policy\/name$/, policies],
  [/^steps\/#\/message\/type$/, (_cast, _offers, file, path) => messagesTo(at(file, [...path.slice(0, -1), 'to']))],
  [/^expect\/(?:events|never|always)\/#$/, () => EVENT_TYPES]
]

const EVENT_TYPES = [...new Map(EVENTS.map(({ type, layer }) => [type, { name: type, says: `of ${layer}` }])).values()]

/** Maps whose keys are names of who is in the scenario. */
const KEYED: readonly (readonly [place: RegExp, names: Names])[] = [
  [/^expect\/(?:tasks|taskSignals)$/, ({ tasks }) => say(tasks, 'a task of a guest')],
  [/^expect\/(?:processes|processSignals)$/, ({ processes }) => say(processes, 'a process of the host')],
  [/^expect\/(?:vms|guests)$/, vms]
]

function messagesTo(layer: unknown): readonly Offer[] {
  const accepts = typeof layer === 'string' && Object.hasOwn(ACCEPTS, layer) ? ACCEPTS[layer as Layer] : []
  return accepts.map(({ type, summary }) => ({ name: type, says: summary }))
}

function found(table: typeof NAMES, path: Path, file: unknown, offers: Offers): readonly Offer[] {
  const place = path.map((part) => (typeof part === 'number' ? '#' : part)).join('/')
  const names = table.find(([where]) => where.test(place))?.[1]
  return names === undefined ? [] : names(castIn(file), offers, file, path)
}

/** The names that a value can be; none where it is not a name. */
export const namesAt = (path: Path, file: unknown, offers: Offers) => found(NAMES, path, file, offers)
/** The names that the keys of a map can be. */
export const keysAt = (path: Path, file: unknown, offers: Offers) => found(KEYED, path, file, offers)

/** Who is in a scenario that is being written, as far as it can be read. */
function castIn(file: unknown): Cast {
  const { vms, processes } = (typeof file === 'object' && file !== null ? file : {}) as Partial<ScenarioFile>
  try {
    return castOf({
      seabus: 1,
      title: '',
      steps: [],
      ...(Array.isArray(vms) ? { vms } : {}),
      ...(Array.isArray(processes) ? { processes } : {})
    })
  } catch {
    // Somebody in it has not been written to the end.
    return { vms: [], tasks: [], processes: [], isOpen: true }
  }
}

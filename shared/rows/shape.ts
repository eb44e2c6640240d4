import type { Lane } from '../contracts/lane.ts'
import { laneOf } from '../contracts/lane.ts'
import type { WireEntry } from '../trace/entry.ts'
import { dataOf, looseOf, textOf, type Loose } from './data-of.ts'
import type { Names } from './names.ts'
import type { Row, RowLevel, RowMark } from './row.ts'

/** What an entry looks like in the trace, before its place and the moment say more. */
export type Shape = Pick<Row, 'from' | 'to' | 'mark' | 'isEnd'> & { readonly level: Exclude<RowLevel, 'boot'> }

/** Part of the story for a machine that reads it; a person finds each of these told by the row beside it. */
const BESIDE: ReadonlySet<string> = new Set([
  'access.complete',
  'error.planted',
  'exception.return',
  'guest.flow',
  'guest.printk',
  'guest.trace',
  'host.printk',
  'host.trace',
  'kvm.run',
  'memory.write',
  'pe.progress',
  'pe.spin',
  'policy.answered',
  'process.access',
  'process.exit',
  'stage2.map',
  'task.access',
  'vm.created'
])
/** What of a kernel's steps is a story of its own; the others are how it came about. */
const STEPS: ReadonlySet<string> = new Set([
  'page.poison',
  'page.soft_offline',
  'page.migrate',
  'serror.classify',
  'ghes.duplicate'
])
/** How a VM may end without anybody having died of it just now. */
const QUIET_ENDS: ReadonlySet<string> = new Set(['off', 'reset', 'migrated', 'guest-panicked'])

const FAULTS: ReadonlySet<string> = new Set(['error.inject', 'einj.inject', 'error-record.submit'])

/** Whether an entry is the fault itself, coming from outside. */
export const isFault = ({ kind, type }: WireEntry): boolean => kind === 'message' && FAULTS.has(type)

export function shapeOf(entry: WireEntry, names: Names): Shape {
  const data = dataOf(entry)
  const isEnd = endsSomebody(entry, data)
  return { ...lanesOf(entry, data, names), mark: markOf(entry, data, isEnd), level: levelOf(entry, data, names), isEnd }
}

function levelOf(entry: WireEntry, data: Loose, names: Names): Shape['level'] {
  const { kind, type, level = 'story', loud } = entry
  if (loud !== undefined) return 'story'
  if (kind === 'answer') return type === 'policy.decide' ? 'story' : 'detail'
  if (level === 'detail' || BESIDE.has(type)) return 'detail'
  switch (type) {
    case 'host.step':
    case 'guest.step':
      return STEPS.has(textOf(data['name'])) ? 'story' : 'detail'
    case 'vcpu.enter':
      return data['exception'] === undefined ? 'detail' : 'story'
    case 'kvm.exit':
      return data['systemEvent'] === undefined ? 'detail' : 'story'
    case 'kvm.irq-line':
      return data['level'] === true ? 'story' : 'detail'
    case 'host.signal':
      // What the VMM gets is told by signal.deliver.
      return names.isVmm(data['pid']) ? 'detail' : 'story'
    default:
      return 'story'
  }
}

function markOf(entry: WireEntry, data: Loose, isEnd: boolean): RowMark {
  const { kind, type, mark = kind === 'note' ? 'note' : 'call' } = entry
  if (isFault(entry)) return 'fault'
  if (kind === 'answer' && type === 'policy.decide') return 'decision'
  if (type === 'policy.answered') return 'decision'
  if (kind === 'answer') return 'call'
  if (isEnd && mark !== 'signal') return 'end'
  if (type === 'record.published' || type === 'record.written') return 'record'
  if (data['name'] === 'page.poison') return 'poison'
  if (mark === 'policy') return 'question'
  return mark === 'end' ? 'note' : mark
}

function endsSomebody({ kind, type, mark }: WireEntry, data: Loose): boolean {
  if (kind === 'answer' || kind === 'refusal') return false
  if (type === 'signal.deliver') return data['killed'] === true
  if (type === 'guest.signal' || type === 'host.signal') return data['effect'] === 'killed'
  if (type === 'vm.ended') return !QUIET_ENDS.has(textOf(data['state']))
  return mark === 'end'
}

/**
 * The contracts have no lane for the tasks of guests, which run where processes do, and one for all that is sent by the host
 * kernel, whichever part of it sends it.
 */
function lanesOf(entry: WireEntry, data: Loose, names: Names): { readonly from: Lane; readonly to: Lane } {
  const { type, kind, lane } = entry
  const { from, to } = lane ?? { from: laneOf(entry.from), to: laneOf(entry.to) }
  if (kind === 'note' || kind === 'message') {
    switch (type) {
      case 'memory.access':
        return { from: data['el'] === 0 ? 'process' : from, to }
      case 'access.complete':
        return { from, to: (data['access'] as Loose | undefined)?.['el'] === 0 ? 'process' : to }
      case 'task.access':
        return { from, to: 'process' }
      case 'guest.access':
        return { from: 'process', to: 'process' }
      case 'guest.step':
      case 'host.step': {
        if (data['name'] !== 'task.end') break
        const whose = names.isVmm(looseOf(data['data'])['pid']) && type === 'host.step' ? 'vmm' : 'process'
        return { from: whose, to: whose }
      }
      case 'guest.signal':
        return { from: 'guest', to: 'process' }
      case 'host.signal':
        return { from: 'host-kernel', to: names.isVmm(data['pid']) ? 'vmm' : 'process' }
      case 'signal.deliver':
        return { from: names.isOfKvm(entry) ? 'kvm' : from, to }
    }
  }
  return { from, to }
}

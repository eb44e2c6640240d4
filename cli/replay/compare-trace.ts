import type { Json } from '../../lab/recording.ts'
import { because, different, same, type ComparedValue, type Scope } from './compared-value.ts'

interface TraceLine {
  /** `kworker`, `idle`, or the task with its pid. */
  readonly task: string
  readonly event: string
  readonly text: string
}

/** Who ran it, by class; the line without CPU, flags and time. */
function parseLine(line: Json | undefined): TraceLine | undefined {
  if (typeof line !== 'string') return undefined
  const match = /^\s*(.+)-(\d+)\s+\[\d+\] \S+\s+[\d.]+: (\w+): (.*)$/.exec(line)
  if (match === null) return undefined
  const [, comm = '', pid = '', event = '', text = ''] = match
  const task = comm.startsWith('kworker') ? 'kworker' : comm === '<idle>' ? 'idle' : `${comm}-${pid}`
  return { task, event, text }
}

/** The tracepoints in order: event, text, and whose context it was. */
export function compareTrace(
  scope: Scope,
  field: string,
  predicted: Json | undefined,
  observed: Json | undefined
): readonly ComparedValue[] {
  if (!Array.isArray(predicted) || !Array.isArray(observed)) return [different(field, predicted, observed)]
  if (predicted.length === 0 && observed.length === 0) return [same(field, [], [])]
  const rows: ComparedValue[] = []
  for (let index = 0; index < Math.max(predicted.length, observed.length); index++) {
    const ours = parseLine(predicted[index] as Json | undefined)
    const real = parseLine(observed[index] as Json | undefined)
    const place = `${field}[${index}]`
    if (ours === undefined || real === undefined || ours.event !== real.event) {
      rows.push(different(place, predicted[index] as Json, observed[index] as Json))
    } else rows.push(...compareLine(scope, place, ours, real))
  }
  return rows
}

function compareLine(scope: Scope, place: string, ours: TraceLine, real: TraceLine): readonly ComparedValue[] {
  return [compareTask(scope, place, ours, real), ...compareText(scope, `${place} ${real.event}`, ours.text, real.text)]
}

function compareTask({ unknownProcess }: Scope, place: string, ours: TraceLine, real: TraceLine): ComparedValue {
  const field = `${place} task`
  if (ours.task === 'idle') return because('softirq', field, ours.task, real.task)
  const name = (task: string) => (unknownProcess ? task.replace(/-\d+$/, '') : task)
  const equal = name(ours.task) === name(real.task)
  return equal ? same(field, ours.task, real.task) : different(field, ours.task, real.task)
}

function compareText({ log, unknownPage }: Scope, field: string, ours: string, real: string): readonly ComparedValue[] {
  if (ours === real) return [same(field, ours, real)]
  if (unknownPage && withoutPage(ours) === withoutPage(real)) return [because('unknown process', field, ours, real)]
  const beyond = overRead(log)
  if (beyond === 0 || lengths(ours) !== lengths(real)) return [different(field, ours, real)]
  const held = (text: string) => rawData(text).slice(0, -beyond).join(' ')
  const verdict = withoutData(ours) === withoutData(real) && held(ours) === held(real) ? same : different
  return [
    verdict(`${field} (as far as the record goes)`, ours, real),
    because('leftover', `${field} (last ${beyond} bytes of raw data)`, ours, real)
  ]
}

const withoutPage = (text: string) => text.replace(/^pfn 0x[0-9a-f]+/, 'pfn')

/** Bytes that the kernel read behind the end of the section. */
export function overRead(log: Scope['log']): number {
  const step = log.find((event) => event.type === 'step' && event.name === 'ghes.over-read')
  return step?.type === 'step' ? Number(step.data['bytes'] ?? 0) : 0
}

const RAW_DATA = /raw data: ([0-9a-f ]*)/g
const rawData = (text: string): string[] =>
  [...text.matchAll(RAW_DATA)].flatMap(([, bytes = '']) =>
    bytes
      .trim()
      .split(' ')
      .filter((byte) => byte !== '')
  )
const withoutData = (text: string): string => text.replace(RAW_DATA, 'raw data')
const lengths = (text: string): number => rawData(text).length

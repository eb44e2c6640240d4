import type { NoteType } from '../contracts/notes/note.ts'
import { firmwarePanic, recordHeld, recordPublished, recordUnsound } from '../contracts/notes/firmware.ts'
import { guestAccess } from '../contracts/notes/guest.ts'
import { errorPlanted, peRetake, peSpin } from '../contracts/notes/hardware.ts'
import { hostAccess, hostPanic } from '../contracts/notes/host-kernel.ts'
import { pageSoftOffline, taskEnd } from '../contracts/notes/kernel-steps-mm.ts'
import { recordWaiting, recordWritten } from '../contracts/notes/vmm-errors.ts'
import { vmCreated, vmEnded } from '../contracts/notes/vmm-life.ts'
import type { Layer } from '../contracts/layer.ts'
import type { WireEntry } from './entry.ts'
import { toldOf } from './told.ts'

/** What a note says of the message that led to it. */
export interface Fate {
  /** What it is about: a later note about the same thing says what became of that. */
  readonly about: string
  /** It is the affair of who asked for it alone, whom it names: another input was only the occasion. */
  readonly isOwn?: true
  /** Absent: it is how something ended. */
  readonly held?: { readonly until: string; readonly by: Layer | undefined }
}

type Data = Readonly<Record<string, unknown>>
type FateOf = (data: Data) => Fate

const source = ({ vm, source: id }: Data) => `source ${Number(id)}${typeof vm === 'string' ? ` of ${vm}` : ''}`
const ACCESS = 'access'
const ended =
  (about: string | ((data: Data) => string)): FateOf =>
  (data) => ({ about: typeof about === 'string' ? about : about(data) })

/** What waits its turn ends when something else made room for it. */
const inTurn =
  (about: string | ((data: Data) => string)): FateOf =>
  (data) => ({ ...ended(about)(data), isOwn: true })

/** Notes by which something waits or ends; every note that is loud, or the end of a party, is an end too. */
const FATES: ReadonlyMap<string, FateOf> = new Map(
  (
    [
      [
        recordHeld,
        (data) => ({
          about: source(data),
          held: { until: `the OS acknowledges ${source(data)}`, by: 'host-kernel' }
        })
      ],
      [recordPublished, inTurn(source)],
      [
        recordWaiting,
        (data) => ({ about: source(data), held: { until: `the guest acknowledges ${source(data)}`, by: undefined } })
      ],
      [recordWritten, inTurn(source)],
      [
        peSpin,
        () => ({ about: ACCESS, held: { until: 'stage 2, the line or what tells of it changes', by: 'host-kernel' } })
      ],
      [guestAccess, inTurn(ACCESS)],
      [hostAccess, inTurn(ACCESS)],
      // Who hands a record in is to hear what is wrong with it, whether it is published at once or waits.
      [recordUnsound, ended('rules')],
      [errorPlanted, ended('error')],
      [vmCreated, ended('vm')],
      [vmEnded, ended('vm')],
      [hostPanic, ended('host')],
      [firmwarePanic, ended('firmware')]
    ] as readonly (readonly [NoteType, FateOf])[]
  ).map(([note, fate]) => [note.type, fate])
)
/** Kernel steps that say how something ended. */
const STEPS: ReadonlySet<string> = new Set([pageSoftOffline.name, taskEnd.name])
/** The tracepoint by which memory_failure() says what it did. */
const MEMORY_FAILURE = 'memory_failure_event'

/** Timers of what a note says already that it waits, and another that it does not any more. */
export const NOTED_TIMERS: ReadonlySet<string> = new Set([peRetake.type])

/** What an entry says of what led to it; nothing where it is only a step on the way. */
export function fateOf(entry: WireEntry): Fate | undefined {
  const { kind, type } = entry
  if (kind !== 'note') return undefined
  const data = (entry.data ?? {}) as Data
  const known = FATES.get(type)
  if (known !== undefined) return known(data)
  if (STEPS.has(String(data['name'])) || data['event'] === MEMORY_FAILURE) return { about: type }
  const { loud, mark } = toldOf(entry)
  return loud !== undefined || mark === 'end' || mark === 'signal' ? { about: type } : undefined
}

import { hostBoot } from '../contracts/host-kernel.ts'
import { hestRead } from '../contracts/hest-tables.ts'
import { MACHINE_START } from '../contracts/message.ts'
import { hostPrintk } from '../contracts/notes/host-kernel.ts'
import { ghesArmed, ghesNoRecord } from '../contracts/notes/kernel-steps-apei.ts'
import { NOTIFY } from '../formats/hest-notification.ts'
import { ghesSources } from '../formats/hest.ts'
import type { WireEntry } from './entry.ts'

/** What the machine's own table offers and Linux on arm64 leaves: it knows no SEI, and there is no IRQ for an external one. */
const NEVER_ARMED: ReadonlyMap<number, string> = new Map([
  [NOTIFY.SEI, 'SEI'],
  [NOTIFY.external, 'external interrupt']
])
/** What the kernel says of each of them, and of the table as a whole. */
const LINES_PER_SOURCE = 2
const LINES_PER_TABLE = 2

/** The log of a boot at which nothing is out of order, in one sentence. */
export interface BootLines {
  /** Entries whose lines the sentence stands for; it stands in place of the first. */
  readonly entries: readonly WireEntry[]
  readonly says: string
}

/**
 * The boots of the host whose lines in the log say no more than that sources are refused which are always refused. They read
 * like failures, and are none. A boot with any further line, record or step is not among them.
 */
export function quietBoots(journal: readonly WireEntry[]): readonly BootLines[] {
  const boots = new Map<string, WireEntry[]>()
  for (const { kind, type, to, id } of journal) {
    if (kind === 'message' && to === 'host-kernel' && (type === MACHINE_START || type === hostBoot.type))
      boots.set(id, [])
  }
  for (const entry of journal) if (entry.cause !== undefined) boots.get(entry.cause)?.push(entry)
  return [...boots.values()].flatMap((caused) => {
    const table = caused.find(({ kind, type }) => kind === 'message' && type === hestRead.type)
    const read = table && journal.find(({ kind, id, cause }) => kind === 'answer' && cause === table.id && id !== cause)
    return quietBoot(caused, read?.data) ?? []
  })
}

function quietBoot(caused: readonly WireEntry[], read: unknown): BootLines | undefined {
  const notes = caused.filter(({ kind }) => kind === 'note')
  const lines = notes.filter(({ type }) => type === hostPrintk.type)
  const steps = notes.filter((entry) => !lines.includes(entry)).map(stepOf)
  if (!steps.every(({ name }) => name === ghesArmed.name || name === ghesNoRecord.name)) return undefined
  const armed = new Set(steps.flatMap(({ name, data }) => (name === ghesArmed.name ? [data?.source] : [])))
  const sources = sourcesIn(read)
  const refused = sources.filter(({ sourceId }) => !armed.has(sourceId))
  const names = refused.map(({ notification }) => NEVER_ARMED.get(notification.type))
  if (refused.length === 0 || names.includes(undefined)) return undefined
  if (lines.length !== refused.length * LINES_PER_SOURCE + LINES_PER_TABLE) return undefined
  const which = refused.map(({ sourceId }, index) => `${sourceId} (${names[index]})`).join(' and ')
  const offered = `${armed.size} of ${sources.length} error sources are armed`
  const left = `${which} ${refused.length === 1 ? 'is' : 'are'} refused by design`
  return { entries: lines, says: `boots: ${offered}, ${left} (${lines.length} lines of dmesg)` }
}

const stepOf = ({ data }: WireEntry) =>
  (data ?? {}) as { readonly name?: string; readonly data?: { readonly source?: number } }

/** The sources of a table that is whole; of any other nothing is said here. */
function sourcesIn(read: unknown) {
  const { table } = (read ?? {}) as { readonly table?: unknown }
  if (typeof table !== 'string') return []
  try {
    return ghesSources(Uint8Array.fromBase64(table))
  } catch {
    return []
  }
}

import type { Fields } from '../contracts/fields.ts'
import { recordLost, recordPublished, recordUntold } from '../contracts/notes/firmware.ts'
import type { WireEntry } from './entry.ts'
import { SETS_PG_HWPOISON } from './poisoned-pages.ts'

/**
 * There was an error, and no kernel heard of it: that nobody died of it is no recovery, since whoever reads the memory may get
 * anything. An error that the hardware corrected is one only where firmware had a record of it that it could not tell.
 */
export const isUntold = (journal: readonly WireEntry[]): boolean =>
  journal.some((entry) => isUncorrected(entry) || isUntoldRecord(entry)) &&
  heardAt(journal) < 0 &&
  !journal.some(isPageLoss)

/** Where a kernel first heard of an error, from 0; below 0 where none did. */
export function heardAt(journal: readonly WireEntry[]): number {
  const kept = keptAt(journal)
  return kept < 0 ? journal.findIndex(isHeard) : kept
}

/** Where a kernel was started that finds errors of the boot before, from 0; below 0 where there is none. */
export function keptAt(journal: readonly WireEntry[]): number {
  const kept = journal.findIndex(({ kind, type }) => kind === 'message' && type === 'boot-errors.install')
  return kept < 0 ? -1 : journal.findIndex(({ type }, at) => at > kept && type === 'host.boot')
}

/** A record that firmware wrote, or meant to, and could not tell of. */
export const isUntoldRecord = ({ kind, type }: WireEntry): boolean =>
  kind === 'note' && (type === recordUntold.type || type === recordLost.type)

/** A kernel marked a page, or took it out of use. */
export const isPageLoss = (entry: WireEntry): boolean => SETS_PG_HWPOISON.has(stepName(entry))

/** The name of a step of a kernel; '' of anything else. */
export const stepName = ({ kind, data }: WireEntry): string =>
  kind === 'note' ? String((data as { name?: string } | null)?.name ?? '') : ''

const HEARD: ReadonlySet<string> = new Set(['ghes.validated', 'serror.classify', 'apei.claim-sea'])
const isHeard = (entry: WireEntry) => HEARD.has(stepName(entry)) || entry.type === 'host.trace'

const CORRECTED: ReadonlySet<unknown> = new Set(['corrected', 'none', 'informational'])

function isUncorrected({ kind, type, data }: WireEntry): boolean {
  const { severity, serror_pending, ext_dabt_pending } = (data ?? {}) as Fields
  if (kind === 'note') return type === recordPublished.type && !CORRECTED.has(severity)
  if (kind !== 'message') return false
  if (type === 'kvm.set-vcpu-events') return serror_pending === 1 || ext_dabt_pending === 1
  return type === 'error.inject' && !CORRECTED.has(severity)
}

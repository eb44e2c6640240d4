import type { WireEntry } from '../../shared/trace/entry.ts'
import type { Outcome } from '../../shared/trace/outcome.ts'

/** What two runs of one thing have in common when one of them was disturbed. */

/**
 * Whether an entry is of what the kernel's own timers led to: how often they fire is a matter of how long a run takes.
 */
export function ofTimers(journal: readonly WireEntry[]): (id: string) => boolean {
  const timers = new Set(journal.filter(({ from }) => from === 'timer').map(({ id }) => id))
  if (timers.size === 0) return () => false
  const isOfTimer = (id: string): boolean =>
    timers.has(id) || (id.includes('.') && isOfTimer(id.slice(0, id.lastIndexOf('.'))))
  return isOfTimer
}

/** All that happened, times aside: of each entry what it is and its id, as on a machine m. */
export function happened(journal: readonly WireEntry[], machine: string): readonly string[] {
  const isOfTimer = ofTimers(journal)
  return journal
    .filter(({ id }) => !isOfTimer(id))
    .map(({ id, kind, type, layer }) => `m${id.slice(machine.length)} ${kind} ${type} (${layer})`)
    .toSorted()
}

/** What the guest met first: an interrupt on its way and an access of its own race, on real machines too. */
export const order = (journal: readonly WireEntry[]) =>
  journal
    .filter(({ type }) => type === 'guest.flow')
    .map(({ data }) => (data as { flow: string }).flow)
    .join()

/**
 * How many messages of each type went from whom to whom. Whether a PE has to be taken off an access that it waits to
 * execute again depends on what it met first.
 */
export function messages(journal: readonly WireEntry[]): Readonly<Record<string, number>> {
  const isOfTimer = ofTimers(journal)
  const counts: Record<string, number> = {}
  for (const { id, kind, from, to, type } of journal) {
    if (kind !== 'message' || type === 'pe.halt' || isOfTimer(id)) continue
    const name = `${from} ${to} ${type}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/**
 * Which exceptions PEs have taken, and how often one waited to take its own again: one that nothing helps yet takes it until
 * somebody has answered, so that there are more of them the longer the answer takes; all that each leads to happens once
 * more then.
 */
export function retakes(journal: readonly WireEntry[]): string {
  const counts: Record<string, number> = {}
  for (const { kind, type, from, to, layer, data } of journal) {
    const isTaken = kind === 'message' && type === 'exception.take' && from === 'hardware'
    const isWaiting = kind === 'note' && layer === 'hardware' && type.startsWith('pe.')
    if (!isTaken && !isWaiting) continue
    const { exception = '' } = (data ?? {}) as { readonly exception?: string }
    const name = isTaken ? `${exception} to ${to}` : type
    counts[name] = (counts[name] ?? 0) + 1
  }
  return JSON.stringify(Object.entries(counts).toSorted())
}

/** An outcome in which a signal that came again counts once. */
export function withoutRepeats({ signals, taskSignals, processSignals, ...outcome }: Outcome): object {
  const once = (list: readonly string[]) => [...new Set(list)]
  const onceEach = (lists: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, once(list)]))
  return {
    ...outcome,
    signals: once(signals),
    taskSignals: onceEach(taskSignals),
    processSignals: onceEach(processSignals)
  }
}

import type { Row } from './row.ts'
import type { RunModel } from './run-model.ts'

/** Places of all that a row follows from by its causes, itself among them: one line back to what came from outside. */
export function pathTo(run: RunModel, row: Row | undefined): ReadonlySet<number> {
  const path = new Set<number>()
  for (let at = row; at !== undefined && !path.has(at.place); at = causeOf(run, at)) path.add(at.place)
  return path
}

const causeOf = (run: RunModel, { entry }: Row) => (entry.cause === undefined ? undefined : run.byId(entry.cause))

/** Places of all that follows from a row, itself not among them. */
export function effectsUnder(run: RunModel, row: Row): ReadonlySet<number> {
  const found = new Set<Row>()
  for (const effect of run.effectsOf(row)) found.add(effect)
  // A set is gone through in the order in which it grew, to its end while it grows.
  for (const one of found) for (const effect of run.effectsOf(one)) found.add(effect)
  found.delete(row)
  return new Set([...found].map(({ place }) => place))
}

/** The row that decided how the run ended: the first death, else the last signal, else the last of the story. */
export function decidingRow(run: RunModel): Row | undefined {
  return (
    run.rows.find(({ isEnd, level }) => isEnd && level !== 'boot') ??
    run.rows.findLast(({ entry, level }) => entry.type === 'guest.signal' && level !== 'boot') ??
    run.rows.findLast(({ level }) => level === 'story')
  )
}

import { laneName } from '../../shared/rows/lanes.ts'
import type { FieldLink } from '../model/permalink.ts'
import { MARK_NAMES } from '../../shared/rows/row.ts'
import { stepFrom } from '../model/stepping.ts'
import { sayingOf } from '../../shared/rows/words.ts'
import { spoken } from './notice.ts'
import type { OpenRun } from './open-run.ts'
import { replaceRoute } from './route.ts'

/** Selects an entry, in the address too, and says what it is. */
export function selectEntry(run: OpenRun, place: number | undefined, field?: FieldLink): void {
  run.select(place, field)
  replaceRoute(run.routeTo(place, field))
  const row = place === undefined ? undefined : run.model.at(place)
  if (row === undefined) return
  const { mark, from, to } = row
  spoken.value = `${place}, ${MARK_NAMES[mark]}, ${laneName(from)} to ${laneName(to)}: ${sayingOf(run.model, row)}`
}

export function step(run: OpenRun, by: 1 | -1, hopsOnly = false): void {
  const start = run.model.faultAt ?? 0
  const place = stepFrom(run.visible.value, run.selected.value, by, { hopsOnly, start })
  if (place !== undefined) selectEntry(run, place)
}

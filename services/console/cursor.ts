import { ProblemError } from '../../shared/contracts/problem.ts'
import type { JournalPlace } from '../../shared/machine-room/follow-journal.ts'

/** A place in the journals of all services, and how many lines lie before it. */
export interface MergedPlace {
  readonly order: number
  /** In the order of the journals. */
  readonly places: readonly JournalPlace[]
}

/** Names the form, so that one of another version is known for what it is. */
const FORM = 'j1'
/** `<epoch, - when it is not known>.<position>` of each journal, numbers with 36 digits. */
const PLACE = /^(-|[0-9a-z]{1,11})\.([0-9a-z]{1,11})$/
const BASE = 36

/** A place as whoever reads hands it back: opaque to them, and safe in a URL. */
export function cursorOf({ order, places }: MergedPlace): string {
  const parts = places.map(({ epochMs, after }) => `${epochMs?.toString(BASE) ?? '-'}.${after.toString(BASE)}`)
  return [FORM, order.toString(BASE), ...parts].join('~')
}

/** Reads a cursor for so many journals; none is the beginning of all. Throws ProblemError for what `cursorOf` never made. */
export function placeOf(cursor: string | undefined, journals: number): MergedPlace {
  if (cursor === undefined) return { order: 0, places: Array.from({ length: journals }, () => ({ ...BEGINNING })) }
  const [form, order = '', ...parts] = cursor.split('~')
  const places = parts.map((part) => PLACE.exec(part))
  if (form === FORM && /^[0-9a-z]{1,11}$/.test(order) && places.length === journals) {
    const read = places.flatMap((match) => (match === null ? [] : [placeIn(match)]))
    if (read.length === journals) return { order: Number.parseInt(order, BASE), places: read }
  }
  throw new ProblemError('field-invalid', 'a cursor is taken as it stands in a line of this journal', {
    field: '/after'
  })
}

const BEGINNING: JournalPlace = { epochMs: undefined, after: 0 }

function placeIn([, epoch = '-', after = '0']: RegExpExecArray): JournalPlace {
  return {
    epochMs: epoch === '-' ? undefined : Number.parseInt(epoch, BASE),
    after: Number.parseInt(after, BASE)
  }
}

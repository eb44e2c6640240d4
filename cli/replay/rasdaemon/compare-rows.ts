import { because, different, same, type ComparedValue } from '../compared-value.ts'
import { pageTypeByNumber } from './predicted-rows.ts'
import { TABLES, type Row, type Table } from './tables.ts'

/** The rows of each table, one by one and in order. `linux` is the release that the tracepoints are of. */
export function compareRows(
  predicted: readonly Row[],
  recorded: readonly Row[],
  linux: string
): readonly ComparedValue[] {
  return (Object.keys(TABLES) as Table[]).flatMap((table) => {
    const of = (rows: readonly Row[]) => rows.filter((row) => row.table === table)
    const [ours, real] = [of(predicted), of(recorded)]
    const places = Array.from({ length: Math.max(ours.length, real.length) }, (_, index) => index)
    return places.flatMap((index) => compareRow(`${table}[${index}]`, ours[index], real[index], linux))
  })
}

function compareRow(
  field: string,
  ours: Row | undefined,
  real: Row | undefined,
  linux: string
): readonly ComparedValue[] {
  if (ours === undefined || real === undefined) return [different(field, ours && shown(ours), real && shown(real))]
  return TABLES[ours.table].flatMap((column) => {
    const name = `${field}.${column}`
    const [a, b] = [ours.values[column], real.values[column]]
    if ((a ?? '') === (b ?? '')) return b === undefined ? [] : [same(name, a ?? '', b)]
    // A kernel that does not tell the raw data, or a rasdaemon that does not keep it.
    if (a === undefined || b === undefined) return [because('not kept', name, a, b)]
    // It is kept as a text, to the first zeros in it.
    if (column === 'sec_type' && b !== '' && a.startsWith(b)) return [same(`${name} (as far as it is kept)`, a, b)]
    const byNumber = column === 'page_type' ? pageTypeByNumber(a, linux) : undefined
    return [b === byNumber ? same(`${name} (by its number)`, a, b) : different(name, a, b)]
  })
}

const shown = ({ values }: Row): string => Object.values(values).join(' ')

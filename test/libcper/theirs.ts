type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Reads one value of libcper's JSON as text, undefined when there is none, e.g. `header.severity.code`. */
export type Theirs = (path: string) => string | undefined

/** libcper prints 64-bit numbers as JSON numbers: all their digits are kept. */
export function theirsOf(text: string): Theirs {
  const json = JSON.parse(text.replaceAll(/(: *)(\d{15,})/g, '$1"$2"')) as Json
  return (path) => {
    let value: Json | undefined = json
    for (const key of path.split('.')) {
      value = typeof value === 'object' && value !== null ? (value as Record<string, Json>)[key] : undefined
    }
    return value === undefined || typeof value === 'object' ? undefined : String(value)
  }
}

/** Our value, the path of theirs, and where libcper is known to be wrong, why. */
export type Row = readonly [ours: string | number | bigint | boolean | undefined, path: string, libcper?: string]

export interface Difference {
  readonly path: string
  readonly ours: string | undefined
  readonly theirs: string | undefined
  /** Why libcper is known to be wrong there. */
  readonly known?: string
}

/** The rows in which we and libcper differ, their paths below `prefix`. */
export function differences(theirs: Theirs, prefix: string, rows: readonly Row[]): readonly Difference[] {
  return rows.flatMap(([value, path, known]) => {
    const ours = value === undefined ? undefined : String(value)
    const found = theirs(prefix + path)
    if (ours === found) return []
    return [{ path: prefix + path, ours, theirs: found, ...(known === undefined ? {} : { known }) }]
  })
}

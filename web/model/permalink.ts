/** What a link into the page leads to. */
export type Route =
  | { readonly view: 'runs' }
  | ({ readonly view: 'run'; readonly run: string } & EntryLink)
  /** A machine as it is looked at while things happen on it. */
  | ({ readonly view: 'machine'; readonly machine: string } & EntryLink)
  | { readonly view: 'compare'; readonly left: string; readonly right: string }
  | { readonly view: 'matrix' }
  | { readonly view: 'inject' }

/** Where in a run or on a machine. */
export interface EntryLink {
  /** Place of an entry, from 1. */
  readonly place?: number | undefined
  /** Which of the entry's formats, and which of its fields, both from 0. */
  readonly field?: FieldLink | undefined
  /** The place up to which things have happened; absent at the end. */
  readonly moment?: number | undefined
}

export interface FieldLink {
  readonly format: number
  readonly field: number
}

/** Reads the part of an address behind `#`; anything else leads to the list of runs. */
export function routeOf(hash: string): Route {
  const [view, ...parts] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded)
  const [first = '', second = ''] = parts
  switch (view) {
    case 'run':
      return first === '' ? { view: 'runs' } : { view: 'run', run: first, ...entryOf(parts.slice(1)) }
    case 'machine':
      return first === '' ? { view: 'runs' } : { view: 'machine', machine: first, ...entryOf(parts.slice(1)) }
    case 'compare':
      return { view: 'compare', left: first, right: second }
    case 'matrix':
    case 'inject':
      return { view }
    default:
      return { view: 'runs' }
  }
}

/** The same as a link. */
export function linkTo(route: Route): string {
  switch (route.view) {
    case 'runs':
    case 'matrix':
    case 'inject':
      return `#/${route.view}`
    case 'compare':
      return `#/compare/${encodeURIComponent(route.left)}/${encodeURIComponent(route.right)}`
    case 'run':
      return linkToEntry(route.view, route.run, route)
    case 'machine':
      return linkToEntry(route.view, route.machine, route)
  }
}

function linkToEntry(view: 'run' | 'machine', id: string, { place, field, moment }: EntryLink): string {
  const parts = [
    `#/${view}`,
    encodeURIComponent(id),
    ...(place === undefined ? [] : [place]),
    ...(place === undefined || field === undefined ? [] : [`f${field.format}.${field.field}`]),
    ...(moment === undefined ? [] : [`at${moment}`])
  ]
  return parts.join('/')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** What stands behind the name of a run: an entry, one of its fields, a moment, each of which may be missing. */
function entryOf(parts: readonly string[]): EntryLink {
  const [moment] = parts.flatMap((part) => placeOf(/^at(\d+)$/.exec(part)?.[1] ?? '') ?? [])
  return { place: placeOf(parts[0] ?? ''), field: fieldOf(parts[1] ?? ''), moment }
}

const placeOf = (text: string): number | undefined => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined)

function fieldOf(text: string): FieldLink | undefined {
  const [, format, field] = /^f(\d{1,3})\.(\d{1,5})$/.exec(text) ?? []
  return format === undefined || field === undefined ? undefined : { format: Number(format), field: Number(field) }
}

import { RELEASES, seriesOf, VERSIONS, type Version } from '../shared/linux/profile.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** One file: what was done, and (unless somebody took it out) what the real kernel did. */
export interface Recording {
  readonly kernel?: string
  readonly qemu?: string
  readonly input: JsonObject
  readonly observed?: JsonObject
}

/** A text that is no recording; the message is for the user. */
export class NoRecording extends Error {
  override readonly name = 'NoRecording'
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws NoRecording when the text is not that of a recording. */
export function parseRecording(text: string): Recording {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new NoRecording(`not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(value) || !isObject(value['input'])) throw new NoRecording('no recording: it has no "input"')
  const { kernel, qemu, observed } = value
  if (observed !== undefined && !isObject(observed)) throw new NoRecording('"observed" is not an object')
  return {
    input: value['input'],
    ...(typeof kernel === 'string' ? { kernel } : {}),
    ...(typeof qemu === 'string' ? { qemu } : {}),
    ...(observed === undefined ? {} : { observed })
  }
}

/**
 * The profile for a kernel release such as `6.12.95+deb12-arm64`: of the newest series that is not newer, the newest
 * release that is not newer, or the oldest there is. A release before 6.1 has none.
 */
export function versionOf(release: string): Version | undefined {
  const recorded = numbersOf(release)
  if (recorded === undefined) return undefined
  const series = VERSIONS.findLast((version) => isNotNewer(numbersOf(version)?.slice(0, 2) ?? [], recorded.slice(0, 2)))
  const ofSeries = RELEASES.filter((known) => seriesOf(known) === series)
  return ofSeries.findLast((known) => isNotNewer(numbersOf(known) ?? [], recorded)) ?? ofSeries[0]
}

function numbersOf(release: string): readonly number[] | undefined {
  const [, ...numbers] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release) ?? []
  return numbers.length === 0 ? undefined : numbers.map((number = '0') => Number(number))
}

/** Compares release numbers, major first. */
function isNotNewer(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((number, index) => number !== other[index])
  return at === -1 || (one[at] ?? 0) < (other[at] ?? 0)
}

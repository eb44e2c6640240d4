import { VERSIONS, type Version } from '../shared/linux/profile.ts'

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
 * The profile for a kernel release such as `6.12.95+deb12-arm64`: the newest one that is not newer. A release before 6.1
 * has none.
 */
export function versionOf(release: string): Version | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  if (major === undefined || minor === undefined) return undefined
  const number = (version: string): number => {
    const [first = '0', second = '0'] = version.split('.')
    return Number(first) * 1000 + Number(second)
  }
  return VERSIONS.findLast((version) => number(version) <= number(`${major}.${minor}`))
}

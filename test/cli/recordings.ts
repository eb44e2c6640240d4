import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { predict } from '../../lab/predict.ts'
import { withUsualPrints } from '../../lab/prediction.ts'
import { isObject, parseRecording, type JsonObject, type Recording } from '../../lab/recording.ts'

export const FOLDER = fileURLToPath(new URL('../fixtures/real-kernel/', import.meta.url))
export const KERNELS = ['6.1', '6.12', '7.3'] as const
/** Those with recordings of memory that really fails. */
export const WITH_FAILING_MEMORY = ['6.1', '6.12'] as const satisfies readonly Kernel[]
export type Kernel = (typeof KERNELS)[number]

export const namesOf = (kernel: Kernel): readonly string[] =>
  readdirSync(`${FOLDER}${kernel}`).map((name) => name.replace('.json', ''))
export const pathOf = (kernel: Kernel, name: string): string => `${FOLDER}${kernel}/${name}.json`
export const recordingOf = (kernel: Kernel, name: string): Recording =>
  parseRecording(readFileSync(pathOf(kernel, name), 'utf8'))

/** The input of a recording, changed. */
export function inputLike(kernel: Kernel, name: string, change: (input: JsonObject) => JsonObject): JsonObject {
  const { input } = recordingOf(kernel, name)
  return { ...input, ...change(input) }
}

/** Bytes of a record in hex with some of them replaced. */
export function patched(
  hex: unknown,
  ...changes: readonly (readonly [at: number, bytes: readonly number[]])[]
): string {
  const bytes = Buffer.from(String(hex), 'hex')
  for (const [at, values] of changes) bytes.set(values, at)
  return bytes.toString('hex')
}

/** All that the model says may be observed on a boot that had printed nothing before, the usual one first. */
export function outcomes(kernel: Kernel, input: JsonObject): readonly JsonObject[] {
  // Through JSON, as anyone reads it: a field without a value is not there.
  return withUsualPrints(predict({ input }, kernel)).map(
    ({ observed }) => JSON.parse(JSON.stringify(observed)) as JsonObject
  )
}

export function usual(kernel: Kernel, input: JsonObject): JsonObject {
  const [first] = outcomes(kernel, input)
  if (first === undefined) throw new Error('no outcome')
  return first
}

/** Signals of a list of events in short: code, address, lsb. */
export function signals(events: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(events)) return []
  return events.flatMap((event: unknown) =>
    isObject(event) && event['ev'] === 'sigbus' ? [[event['si_code'], event['si_addr'], event['si_addr_lsb']]] : []
  )
}

/** What the program said it had done. */
export function values(events: unknown): readonly unknown[] {
  if (!Array.isArray(events)) return []
  return events.flatMap((event: unknown) =>
    isObject(event) && event['ev'] === 'did' ? [event['value'] ?? event['cmd']] : []
  )
}

/** Lines of a log without timestamps that match. */
export function lines(log: unknown, wanted: RegExp): readonly string[] {
  if (!Array.isArray(log)) return []
  return log.map((line: unknown) => String(line).replace(/^.*?\[ *[\d.]+\] /, '')).filter((line) => wanted.test(line))
}

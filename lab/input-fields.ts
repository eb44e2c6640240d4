import { bytesIn, fieldOf, numberIn, type Field } from './json-fields.ts'
import { NoRecording, type JsonObject } from './recording.ts'
import { BLOCK_LENGTH, SOURCE } from './sources.ts'

const LAST_SOURCE = Math.max(...Object.values(SOURCE))

export const inputField = (input: JsonObject, key: string): Field => fieldOf(input, 'input', key)

/** The source a record was put into; SEA when the input does not say. */
export function sourceOf(input: JsonObject): number {
  const source = numberIn(inputField(input, 'source'), SOURCE.SEA)
  if (source <= LAST_SOURCE) return source
  throw new NoRecording(`input.source: the recorded machine has sources 0 to ${LAST_SOURCE}, no ${source}`)
}

/** A record for the block of a source. */
export function recordIn(field: Field): Uint8Array {
  const record = bytesIn(field)
  if (record.length <= BLOCK_LENGTH) return record
  throw new NoRecording(`${field.name}: ${record.length} bytes do not fit into a status block of ${BLOCK_LENGTH}`)
}

export const optionalRecordIn = (field: Field): Uint8Array | undefined =>
  field.value === null || field.value === undefined ? undefined : recordIn(field)

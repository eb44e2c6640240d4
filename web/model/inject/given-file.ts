import { titleOf, type FieldKind } from '../../../shared/formats/fields/fields-of.ts'
import {
  BLOCK_STATUS_BITS,
  decodeErrorStatusHeader,
  ERROR_STATUS_HEADER_SIZE
} from '../../../shared/formats/error-status-block.ts'
import { writtenRun } from '../../../shared/drawing/written-run.ts'
import { severityName } from '../../../shared/formats/severity.ts'
import type { ShownFormat } from '../field-rows.ts'
import { shownFormat } from '../formats.ts'
import { hestScenario, recordScenario } from './given-scenario.ts'

/** What a file that was given holds. */
export type Given =
  | { readonly kind: 'scenario'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'bytes'
      readonly name: string
      readonly format: ShownFormat
      /** A scenario that hands the bytes in; absent where firmware has no use for them. */
      readonly scenario?: string
    }
  /** Nothing that a machine could be given, and why not. */
  | { readonly kind: 'none'; readonly name: string; readonly says: string }

/** Tables and records that begin with their name. */
const SIGNATURES: Readonly<Record<string, FieldKind>> = { HEST: 'hest', BERT: 'bert', CPER: 'cper-record' }
const SIGNATURE_SIZE = 4

/** How bytes of a kind come into a scenario. A BERT only says where its record lies, which is not in the file. */
const SCENARIOS: Readonly<Partial<Record<FieldKind, (name: string, bytes: Uint8Array) => string>>> = {
  hest: hestScenario,
  'cper-record': recordScenario,
  'error-status-block': recordScenario
}

/**
 * Tells by the first bytes of a file what it is. What has no signature and is no text is a status block, where its header
 * could be that of one; a text is a scenario where it has a key of one.
 */
export function givenFile(name: string, bytes: Uint8Array): Given {
  const kind = SIGNATURES[String.fromCharCode(...bytes.subarray(0, SIGNATURE_SIZE))]
  const text = kind === undefined ? textIn(bytes) : undefined
  if (text !== undefined) {
    if (writtenRun(text) !== undefined) return { kind: 'none', name, says: A_RUN }
    return isScenario(name, text)
      ? { kind: 'scenario', name, text }
      : { kind: 'none', name, says: 'a text without "seabus:" or "steps:", so no scenario' }
  }
  const reason = kind === undefined ? noStatusBlock(bytes) : undefined
  if (reason !== undefined) return { kind: 'none', name, says: `no scenario, record or table: ${reason}` }
  const known = kind ?? 'error-status-block'
  const shown = { kind: 'bytes' as const, name, format: shownFormat({ kind: known, title: titleOf(known), bytes }) }
  const scenario = SCENARIOS[known]?.(name, bytes)
  return scenario === undefined ? shown : { ...shown, scenario }
}

/** It has happened: there is nothing in it that a machine could be given. */
const A_RUN = 'a run that is over: seabus trace tells it, and with --format html makes a page of it'

/** Whatever has only characters that a text has. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** A file that is called so was meant as one, whatever mistakes it has. */
const isScenario = (name: string, text: string): boolean =>
  /\.(ya?ml|json)$/i.test(name) || /^\s*[{,]?\s*"?(seabus|steps)"?\s*:/m.test(text)

/** Longer than any block that firmware has room for. */
const MOST_DATA = 1024 * 1024

/** Why bytes are no status block, not even one that is cut or damaged behind its header; undefined where they may be one. */
function noStatusBlock(bytes: Uint8Array): string | undefined {
  const size = ERROR_STATUS_HEADER_SIZE
  if (bytes.length < size) return `${bytes.length} bytes, and the header of a status block alone has ${size}`
  const { blockStatus, dataLength, rawDataLength, severity } = decodeErrorStatusHeader(bytes)
  const hex = (value: number) => `0x${value.toString(16)}`
  const as = 'read as a status block,'
  if (blockStatus === 0) return `${as} it has a Block Status of 0, which means that there is no record`
  if (blockStatus > BLOCK_STATUS_BITS)
    return `${as} it has a Block Status of ${hex(blockStatus)}, of which bits are reserved`
  if (severityName(severity) === undefined) return `${as} it has the severity ${hex(severity)}, and there are 0 to 3`
  for (const [name, length] of Object.entries({ 'Data Length': dataLength, 'Raw Data Length': rawDataLength })) {
    if (length > MOST_DATA) return `${as} it has a ${name} of ${length} bytes`
  }
  return undefined
}

import { titleOf, type FieldKind } from '../../../shared/formats/fields/fields-of.ts'
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

/** Tables and records that begin with their name. */
const SIGNATURES: Readonly<Record<string, FieldKind>> = { HEST: 'hest', BERT: 'bert', CPER: 'cper-record' }
const SIGNATURE_SIZE = 4

/** How bytes of a kind come into a scenario. A BERT only says where its record lies, which is not in the file. */
const SCENARIOS: Readonly<Partial<Record<FieldKind, (name: string, bytes: Uint8Array) => string>>> = {
  hest: hestScenario,
  'cper-record': recordScenario,
  'error-status-block': recordScenario
}

/** Tells by the first bytes of a file what it is; what has no signature and is no text is taken for a status block. */
export function givenFile(name: string, bytes: Uint8Array): Given {
  const kind = SIGNATURES[String.fromCharCode(...bytes.subarray(0, SIGNATURE_SIZE))]
  const text = kind === undefined ? textIn(bytes) : undefined
  if (text !== undefined) return { kind: 'scenario', name, text }
  const known = kind ?? 'error-status-block'
  const shown = { kind: 'bytes' as const, name, format: shownFormat({ kind: known, title: titleOf(known), bytes }) }
  const scenario = SCENARIOS[known]?.(name, bytes)
  return scenario === undefined ? shown : { ...shown, scenario }
}

/** Whatever has only characters that a text has. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

import { titleOf, type FieldKind } from '../../../shared/formats/fields/fields-of.ts'
import type { ShownFormat } from '../field-rows.ts'
import { shownFormat } from '../formats.ts'
import { scenarioText } from './presets.ts'

/** What a file that was given holds. */
export type Given =
  | { readonly kind: 'scenario'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'bytes'
      readonly name: string
      readonly format: ShownFormat
      /** A scenario whose last step hands the bytes in; absent where they are no record. */
      readonly scenario?: string
    }

/** Tables and records that begin with their name. */
const SIGNATURES: Readonly<Record<string, FieldKind>> = { HEST: 'hest', BERT: 'bert', CPER: 'cper-record' }
const SIGNATURE_SIZE = 4
/** The source of a new machine that tells the host by an interrupt. */
const SOURCE = 3

/** Tells by the first bytes of a file what it is; what has no signature and is no text is taken for a status block. */
export function givenFile(name: string, bytes: Uint8Array): Given {
  const kind = SIGNATURES[String.fromCharCode(...bytes.subarray(0, SIGNATURE_SIZE))]
  const text = kind === undefined ? textIn(bytes) : undefined
  if (text !== undefined) return { kind: 'scenario', name, text }
  const known = kind ?? 'error-status-block'
  const shown = { kind: 'bytes' as const, name, format: shownFormat({ kind: known, title: titleOf(known), bytes }) }
  return known === 'hest' || known === 'bert' ? shown : { ...shown, scenario: reporting(name, bytes) }
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

function reporting(name: string, bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return scenarioText({
    title: `The record in ${name}`,
    steps: ['touch: redis', `report: { source: ${SOURCE}, bytes: '${hex}' }`, 'wait: 2s', 'touch: redis']
  })
}

import { readFileSync } from 'node:fs'

/** Bytes of hex digits with any white space between them. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A copy with the bytes at `offset` replaced. */
export function patched(bytes: Uint8Array, offset: number, hex: string): Uint8Array {
  const copy = bytes.slice()
  copy.set(bytesOf(hex), offset)
  return copy
}

/** For t.throws: the FormatError at this offset, and for this rule if one is given. */
export function formatError(offset: number, rule?: string): { name: string; offset: number; rule?: string } {
  return { name: 'FormatError', offset, ...(rule === undefined ? {} : { rule }) }
}

interface Recording {
  readonly input: { readonly block?: string; readonly cper?: string }
  readonly observed: { readonly events?: readonly { readonly reg?: string; readonly value?: string }[] }
}

export function recording(version: '6.1' | '6.12', name: string): Recording {
  const url = new URL(`../fixtures/real-kernel/${version}/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as Recording
}

/** The status block that a recorded run gave to the kernel. */
export function recordedBlock(name: string): Uint8Array {
  const { input } = recording('6.1', name)
  return bytesOf(input.block ?? input.cper ?? '')
}

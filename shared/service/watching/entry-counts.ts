import { by } from '../../contracts/caption.ts'
import { noteType } from '../../contracts/notes/registry.ts'
import type { Loud } from '../../contracts/caption.ts'
import type { Draft } from '../../trace/entry.ts'

/** How often something happened, with what tells it apart. */
export interface Count {
  readonly labels: Readonly<Record<string, string>>
  value: number
}

/** What a service writes into its journal, counted: all that its model is told and does passes there. */
export class EntryCounts {
  readonly messages = new Map<string, Count>()
  readonly answers = new Map<string, Count>()
  readonly fallbacks = new Map<string, Count>()
  readonly refusals = new Map<string, Count>()
  readonly loudNotes = new Map<string, Count>()

  /** `loud` is what `loudOf` says of the entry. */
  add(entry: Draft, loud: Loud | undefined): void {
    const { kind, from, to, type } = entry
    switch (kind) {
      case 'message':
        return countOf(this.messages, `${from} ${to} ${type}`, () => ({ from, to, type }))
      case 'answer':
        countOf(this.answers, `${from} ${to} ${type}`, () => ({ from, to, type }))
        if (entry.fallback === true) countOf(this.fallbacks, `${from} ${to} ${type}`, () => ({ from, to, type }))
        return
      case 'refusal': {
        const code = codeOf(entry)
        return countOf(this.refusals, `${from} ${to} ${type} ${code}`, () => ({ from, to, type, code }))
      }
      case 'note':
        if (loud !== undefined) countOf(this.loudNotes, `${type} ${loud}`, () => ({ type, loud }))
        return
      case 'gap':
        return
    }
  }
}

/** What of an entry nobody must miss; undefined of most. */
export function loudOf({ kind, type, data, fallback }: Draft): Loud | undefined {
  if (kind === 'refusal') return 'refused'
  if (fallback === true) return 'fallback'
  if (kind !== 'note') return undefined
  const row = noteType(type, data)
  return row === undefined ? undefined : by(row.loud, data as never)
}

/** The code of a refusal's problem. */
export const codeOf = ({ data }: Draft): string => (data as { readonly code?: string } | undefined)?.code ?? ''

/** Counts one more of what has this key. */
export function countOf(counts: Map<string, Count>, key: string, labelsOf: () => Count['labels']): void {
  const known = counts.get(key)
  if (known === undefined) counts.set(key, { labels: labelsOf(), value: 1 })
  else known.value++
}

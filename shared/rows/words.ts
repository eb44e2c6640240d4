import { sentenceOf } from '../trace/told.ts'
import { dataOf, textOf } from './data-of.ts'
import { MESSAGE_WORDS } from './message-words.ts'
import { NOTE_WORDS } from './note-words.ts'
import type { Row, Words } from './row.ts'
import type { RunModel } from './run-model.ts'
import { capital, numbers, prose, type Saying } from './saying.ts'

const KNOWN = new WeakMap<Row, Words>()

/** A row in words. What no table has words for is told by the sentence of its contract. */
export function wordsFor(run: RunModel, row: Row): Words {
  let words = KNOWN.get(row)
  if (words === undefined) {
    words = madeWords(run, row)
    KNOWN.set(row, words)
  }
  return words
}

/** The same as one text. */
export function sayingOf(run: RunModel, row: Row): string {
  const { head, detail } = wordsFor(run, row)
  return detail === '' ? head : `${head} ${detail}`
}

function madeWords(run: RunModel, row: Row): Words {
  const { entry } = row
  const { kind, type } = entry
  const data = dataOf(entry)
  const own: Saying | undefined =
    kind === 'message'
      ? MESSAGE_WORDS[type]
      : kind === 'note'
        ? (NOTE_WORDS[textOf(data['name'])] ?? NOTE_WORDS[type])
        : undefined
  const said = own?.(/\.step$/.test(type) ? dataOf({ data: data['data'] }) : data, {
    names: run.names,
    entry,
    row
  })
  if (said !== undefined) return said
  if (kind === 'answer') return answerWords(row)
  if (kind === 'refusal') return prose(`Refused: ${type}`, textOf(data['detail'] ?? data['code']))
  if (kind === 'gap') return prose('Entries are missing here', textOf(data['detail']))
  return prose(headOf(row), sentenceOf(entry))
}

function answerWords({ entry }: Row): Words {
  const { type, fallback } = entry
  const { action, because } = dataOf(entry)
  if (type === 'policy.decide') {
    const why = fallback === true ? `nobody answered; the fallback: ${textOf(because)}` : textOf(because)
    return prose(textOf(action) || 'no answer', why)
  }
  return numbers(`Answer to ${type}`, fallback === true ? 'nobody answered; the fallback' : '')
}

/** What kind of thing it is, before its sentence. */
function headOf({ entry }: Row): string {
  const { kind, type } = entry
  const { name } = dataOf(entry)
  if (kind !== 'note') return type
  return inWords(typeof name === 'string' && /\.step$/.test(type) ? name : type)
}

const NAMES: ReadonlySet<string> = new Set(['apei', 'bert', 'cper', 'einj', 'ghes', 'hest', 'kvm', 'pe', 'vm', 'vmm'])

/** The name of a note as words: `ghes.no-record` is `GHES no record`. */
const inWords = (name: string): string =>
  capital(
    name
      .split(/[._-]/)
      .map((word) => (NAMES.has(word) ? word.toUpperCase() : word))
      .join(' ')
  )

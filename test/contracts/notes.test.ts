import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { NOTING, readmeOf, withNotes } from '../../cli/notes/readme-notes.ts'
import { by } from '../../shared/contracts/caption.ts'
import { CAPTIONS } from '../../shared/contracts/captions/registry.ts'
import { SIGNAL_RULES, TRACE_RULES } from '../../shared/contracts/notes/kernel.ts'
import { NOTES, noteType } from '../../shared/contracts/notes/registry.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { mermaidOf } from '../../shared/trace/mermaid.ts'
import { narrate } from '../../shared/trace/narrate.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { rulesByName } from '../support/rules.ts'

const ROOT = join(import.meta.dirname, '../..')
const ALL = Object.values(NOTES).flat()
type Note = (typeof ALL)[number]

const entryOf = ({ type, layer, example }: Note): WireEntry => ({
  seq: 1,
  time: 0,
  machine: 'm0',
  layer,
  kind: 'note',
  id: 'a.1',
  cause: 'a',
  type,
  from: layer,
  to: layer,
  data: example
})
const mermaid = (entry: WireEntry) => mermaidOf({ title: '', journal: [entry] })

void t.test('the example of a note is data that it can have, and what it says about it is a sentence', async (t) => {
  for (const note of ALL) {
    const parsed = wire(note.data).parse(note.example)
    t.notOk('error' in parsed ? parsed.error : undefined, note.type)
    t.equal(noteType(note.type, note.example), note, `${note.type} is found by its type`)
    const text = note.says(note.example)
    t.match(text, /^\S.{8}/, note.type)
    t.notMatch(text, /undefined|NaN|\[object/, note.type)
  }
})

const loud = ALL.filter(({ loud, example }) => by(loud, example) !== undefined)

void t.test('what is not modelled, lost, refused or a fallback is never silent', async (t) => {
  t.ok(loud.length > 30)
  for (const note of loud) {
    const entry = entryOf(note)
    const label = new RegExp(`${by(note.loud, note.example)?.toUpperCase()}: `)
    t.match(narrate([entry]), [label], `${note.type} in the narrative`)
    t.match(mermaid(entry), label, `${note.type} in Mermaid`)
  }
})

void t.test('a name that says unmodelled, lost, refused or fallback is loud', async (t) => {
  const named = ALL.filter((note) => /unmodelled|lost|refused|fallback|dropped/.test(nameOf(note)))

  t.same(named.filter((note) => !loud.includes(note)).map(nameOf), [])
  t.ok(named.length > 10)
})

const nameOf = ({ type, example }: Note) => `${type} ${JSON.stringify((example as { name?: unknown }).name ?? '')}`

void t.test('a note of the story is in the narrative, one of the detail in the detailed one alone', async (t) => {
  for (const note of ALL) {
    const entry = entryOf(note)
    const isTold = by(note.level, note.example) === 'story' || loud.includes(note)
    t.equal(narrate([entry]).length, isTold ? 1 : 0, note.type)
    t.equal(narrate([entry], { detail: true }).length, 1, note.type)
  }
})

void t.test('every message that a layer accepts has its caption, and no other has', async (t) => {
  const names = (all: readonly { to: string; type: string }[]) => all.map(({ to, type }) => `${to} ${type}`).toSorted()

  t.same(names(CAPTIONS.map(({ message }) => message)), names(Object.values(ACCEPTS).flat()))
})

void t.test('every rule that a note or a caption names is one of docs/fidelity.md', async (t) => {
  const rules = rulesByName()
  const named = [
    ...ALL.map(({ rule, example }) => by(rule, example)),
    ...CAPTIONS.map(({ rule }) => (typeof rule === 'string' ? rule : undefined)),
    ...Object.values(SIGNAL_RULES),
    ...Object.values(TRACE_RULES)
  ].filter((rule) => rule !== undefined)

  t.ok(named.length > 50)
  t.same(
    [...new Set(named)].filter((rule) => !rules.has(rule)),
    []
  )
})

void t.test('every note has somebody who notes it', async (t) => {
  const declared = globSync('shared/contracts/notes/*.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^export const (\w+) = (?:note|step)\(/gm)].map(
      ([, name = '']) => name
    )
  )
  const models = globSync('{services,shared/linux}/**/*.ts', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8').replaceAll(/^import [^;]*? from '[^']*'$/gm, ''))
    .join('\n')

  t.ok(declared.length > 80)
  t.same(
    declared.filter((name) => !new RegExp(`\\b${name}\\b`).test(models)),
    []
  )
})

void t.test('the READMEs of the services list their notes; if not, node cli/notes/readme-notes.ts', async (t) => {
  for (const layer of NOTING) {
    const text = readFileSync(readmeOf(layer), 'utf8')
    t.equal(text, withNotes(text, layer), layer)
  }
})

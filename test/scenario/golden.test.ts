import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { TSchema } from 'typebox'
import { messageCaption } from '../../shared/contracts/captions/registry.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { noteType } from '../../shared/contracts/notes/registry.ts'
import { messageType } from '../../shared/contracts/registry.ts'
import { wire, type Wire } from '../../shared/contracts/validate.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { goldenOf, type Golden } from '../support/golden.ts'
import { rulesByName } from '../support/rules.ts'

/** Written anew with SEABUS_GOLDEN=write; a change of it belongs into the commit that means to change what happens. */
const FILE = join(import.meta.dirname, '../fixtures/golden/journals.json')

/** What a layer gets from its own runtime has no contract: a timer that fires, the start of its machine. */
function isKnown({ kind, type, from, to, data }: WireEntry): boolean {
  if (kind === 'note') return fits(noteType(type, data)?.data, data)
  if (kind !== 'message' || from === 'timer' || type === 'machine.start') return true
  return messageCaption(to, type) !== undefined && fits(messageType(to as Layer, type)?.data, data)
}

const fits = (schema: TSchema | undefined, data: unknown): boolean =>
  schema !== undefined && !('error' in wireFor(schema).parse(data))

const WIRES = new Map<TSchema, Wire>()
const wireFor = (schema: TSchema): Wire => {
  const known = WIRES.get(schema) ?? wire(schema)
  WIRES.set(schema, known)
  return known
}

void t.test(
  'every shipped scenario has the journal that it had, as its file says and in every column of the matrix',
  async (t) => {
    const unfit = new Set<string>()
    const rules = new Set<string>()
    const now = await goldenOf((journal) => {
      for (const entry of journal) {
        if (!isKnown(entry)) unfit.add(`${entry.layer} ${entry.type} ${JSON.stringify(entry.data)}`)
        if (entry.rule !== undefined) rules.add(entry.rule)
      }
    })
    t.same([...unfit], [], 'every note and message has its row, and its data are what the row says')
    const known = rulesByName()
    t.same(
      [...rules].filter((rule) => !known.has(rule)),
      [],
      'the rules that entries name'
    )
    t.ok(rules.size > 30)
    if (process.env['SEABUS_GOLDEN'] === 'write') writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`)
    const then = JSON.parse(readFileSync(FILE, 'utf8')) as Golden
    t.same(Object.keys(now), Object.keys(then), 'the scenarios')
    for (const [file, hashes] of Object.entries(now)) t.same(hashes, then[file], file)
  }
)

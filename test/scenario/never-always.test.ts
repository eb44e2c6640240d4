import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { scenarioFiles, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { failuresOf, type Failure } from '../../shared/scenario/check-expectation.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import type { Expectation } from '../../shared/scenario/schema-expect.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/**
 * `never` cannot be tried by changing what it says: an event that does not happen does not happen otherwise either. So it is
 * tried with events that do happen.
 */

type Data = Readonly<Record<string, unknown>>

/** The first event of each type in a trace, with its data. A timer of a layer is nobody's contract. */
function eventsOf(journal: readonly WireEntry[]): readonly (readonly [name: string, data: Data])[] {
  const told = journal.filter(({ kind, from }) => (kind === 'message' || kind === 'note') && from !== 'timer')
  const named = told.map(
    ({ kind, type, layer, to, data }) => [`${type}@${kind === 'note' ? layer : to}`, data as Data] as const
  )
  return [...new Map(named.toReversed())]
}

/** Something of the same type in place of a value. */
function otherwise(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value}x`
  if (Array.isArray(value)) return [...(value as unknown[]), 0]
  const [[name, part] = ['none', 0]] = Object.entries(value ?? {})
  return { [name]: otherwise(part) }
}

const isOf = (field: 'never' | 'always', failures: readonly Failure[]) =>
  failures.some(({ expectation }) => expectation.startsWith(`expect.${field}`))

for (const file of scenarioFiles([SHIPPED])) {
  const name = basename(file, '.yaml')
  void t.test(
    `${name}: what happens can be expected, but neither never to happen nor always to be otherwise`,
    async (t) => {
      const value = parse(readFileSync(file, 'utf8')) as object
      const read = (expect: object) => readScenario(stringify({ ...value, expect }), 'f')
      const whole = read({ host: 'running' })
      if (whole.errors !== undefined) return t.fail('it cannot be read')
      const { outcome, journal } = await runInProcess(whole.scenario)
      const held = (expect: Expectation) => failuresOf(expect, outcome, journal)
      const events = eventsOf(journal)

      t.ok(events.length > 5)
      for (const [event, data] of events) {
        const { errors } = read({ never: [{ [event]: data }] })
        if (errors !== undefined) t.fail(`${event} is refused: ${errors[0]?.message}`)
        if (!isOf('never', held({ never: [{ [event]: data }] }))) t.fail(`never ${event} is green`)
        for (const [field, part] of Object.entries(data)) {
          const other = { [event]: { [field]: otherwise(part) } }
          if (!isOf('always', held({ always: [other] }))) t.fail(`always ${JSON.stringify(other)} is green`)
        }
      }
    }
  )
}

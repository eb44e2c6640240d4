import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { isMap, isScalar, isSeq, parse, parseDocument, stringify, type Node } from 'yaml'
import { scenarioFiles, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { failuresOf } from '../../shared/scenario/check-expectation.ts'
import { expectable } from '../../shared/scenario/explain.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import { mutantsOf, type Mutant } from '../support/mutants.ts'

/** A shipped scenario as text, as what YAML reads in it, and what came of its run. */
const files = scenarioFiles([SHIPPED]).map((file) => {
  const text = readFileSync(file, 'utf8')
  return { name: basename(file, '.yaml'), text, value: parse(text) as { readonly expect: object } }
})

async function run(text: string): Promise<Result> {
  const read = readScenario(text, 'f')
  if (read.errors !== undefined) throw new Error(JSON.stringify(read.errors))
  return runInProcess(read.scenario)
}

/** Whether a file with another expectation is refused, or the same run is not as it expects. */
function isCaught(value: object, expect: unknown, { outcome, journal }: Result): boolean {
  const read = readScenario(stringify({ ...value, expect }), 'f')
  return read.errors !== undefined || failuresOf(read.scenario.expect, outcome, journal).length > 0
}

void t.test('no shipped scenario is green with any part of its expectation wrong', async (t) => {
  let count = 0
  for (const { name, text, value } of files) {
    const result = await run(text)
    const survivors = mutantsOf(value.expect).filter(({ expect }) => {
      count++
      return !isCaught(value, expect, result)
    })
    t.same(
      survivors.map(({ what }: Mutant) => what),
      [],
      name
    )
  }
  t.ok(count > 2000, `${count} mutants`)
})

/** Every key of a text with where it is. */
function keysIn(node: unknown): readonly (readonly [start: number, end: number])[] {
  if (isSeq(node)) return node.items.flatMap(keysIn)
  if (!isMap<Node, Node>(node)) return []
  return node.items.flatMap(({ key, value }) => {
    const range = isScalar(key) ? key.range : undefined
    return [...(range ? [[range[0], range[1]] as const] : []), ...keysIn(value)]
  })
}

void t.test('every key of every shipped scenario is refused in its line when it is misspelt', (t) => {
  let count = 0
  for (const { name, text } of files) {
    const unseen = keysIn(parseDocument(text).contents).flatMap(([start, end]) => {
      count++
      const quote = /['"]/.test(text[start] ?? '') ? 1 : 0
      const middle = start + Math.max(1 + quote, Math.floor((end - start) / 2))
      const misspelt = `${text.slice(0, middle)}q${text.slice(middle)}`
      const line = text.slice(0, start).split('\n').length
      const { errors = [] } = readScenario(misspelt, 'f')
      return errors.some((error) => error.line === line)
        ? []
        : [`${line}: ${text.slice(start, end)}: ${JSON.stringify(errors)}`]
    })
    t.same(unseen, [], name)
  }
  t.ok(count > 1500, `${count} keys`)
  t.end()
})

void t.test(
  'all that --explain says can be expected of a run can be: pasted into its file it is as expected',
  async (t) => {
    for (const { name, text, value } of files) {
      const result = await run(text)
      const pasted = parse(expectable(result).join('\n')) as { expect: object }
      const read = readScenario(stringify({ ...value, ...pasted }), 'f')

      if (read.errors !== undefined) t.same(read.errors.slice(0, 3), [], name)
      else t.same(failuresOf(read.scenario.expect, result.outcome, result.journal), [], name)
    }
  }
)

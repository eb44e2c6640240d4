import { basename, join } from 'node:path'
import t from 'tap'
import { scenarioFiles, SHIPPED } from '../../cli/scenario/files.ts'
import { failureText } from '../../shared/scenario/report-text.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { services } from '../support/services.ts'

/** What leads a reader to the report itself: an address on the web, or the id of a mail. */
const ADDRESS = /https?:\/\/\S+|<[^<>\s@]+@[^<>\s@]+>/
const ENOUGH = 20

const files = scenarioFiles([join(SHIPPED, 'field')])

const scenarioOf = (file: string) => {
  const read = readScenarioFile(file)
  if (!('scenario' in read)) throw new Error(`${file} has ${read.errors.length} mistakes`)
  return read.scenario
}

void t.test('there are twenty cases from public reports at least', (t) => {
  t.ok(files.length >= ENOUGH, `${files.length} files`)
  t.end()
})

void t.test('each names the address of its report, and the rule of the kernel or of firmware that explains it', (t) => {
  for (const file of files) {
    const { source } = scenarioOf(file)
    const sources = source === undefined ? [] : [source].flat()
    const [reported, explained] = [true, false].map((wanted) => sources.some((text) => ADDRESS.test(text) === wanted))
    t.ok(reported, `${basename(file)} has an address`)
    t.ok(explained, `${basename(file)} has a rule`)
  }
  t.end()
})

void t.test('each tells in its own words what was reported, and expects an event of it', (t) => {
  for (const file of files) {
    const { about, expect } = scenarioOf(file)
    t.ok(about, `${basename(file)} has an about`)
    t.ok(expect?.events?.length, `${basename(file)} expects events`)
  }
  t.end()
})

void t.test('each ends against services as its report says, and as in process', async (t) => {
  const { system } = await services(t, { machines: [] })
  for (const file of files) {
    const inProcess = await runInProcess(scenarioOf(file))
    const served = await runScenario(system, scenarioOf(file), `field-${basename(file, '.yaml')}`)

    t.same(inProcess.failures.map(failureText), [], basename(file))
    t.same(served.failures.map(failureText), [], `${basename(file)} against services`)
    t.strictSame(served.outcome, inProcess.outcome, `${basename(file)} ends alike`)
  }
})

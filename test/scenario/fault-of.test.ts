import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { faultOf } from '../../shared/scenario/fault-of.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

const FOLDER = new URL('../../scenarios/', import.meta.url)
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

function shipped(name: string): ScenarioFile {
  const read = readScenario(readFileSync(new URL(name, FOLDER), 'utf8'), name)
  if (read.errors !== undefined) throw new Error(`${name} has mistakes`)
  return read.scenario
}

void t.test('the story and its counter-example are one fault, decided otherwise', (t) => {
  const [story, counter] = [shipped('01-story.yaml'), shipped('02-counter-example.yaml')]

  t.equal(faultOf(story), faultOf(counter))
  t.equal(faultOf(story, { policy: 'poll', vmm: 'kvmtool', exposeException: true }), faultOf(story))
  t.end()
})

void t.test('another fault, another report of it or another kernel is something else', (t) => {
  const story = shipped('01-story.yaml')
  const all = [
    {},
    { linux: '7.3' },
    { exception: 'SEA' },
    { notify: 'SDEI' },
    { addressValid: false },
    { sei: true }
  ] as const

  t.equal(new Set(all.map((overrides) => faultOf(story, overrides))).size, all.length)
  t.not(faultOf({ ...story, steps: story.steps.slice(1) }), faultOf(story))
  const faults = new Set(NAMES.map((name) => faultOf(shipped(name))))
  t.ok(faults.size > NAMES.length / 2, `${faults.size} of ${NAMES.length}`)
  t.end()
})

void t.test('what a file says of itself, and the order of its keys, is no part of its fault', (t) => {
  const story = shipped('01-story.yaml')
  const turned = Object.fromEntries(Object.entries({ ...story, title: 'Another', about: 'it', expect: {} }).reverse())

  t.equal(faultOf(turned as ScenarioFile), faultOf(story))
  t.end()
})

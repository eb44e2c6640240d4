import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { hopsOf } from '../../shared/story/hops.ts'
import { textOf, type Part } from '../../shared/story/phrase.ts'
import { statesAt, statesOf } from '../../shared/story/states.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'

/** The sentence of every shipped scenario; written anew with SEABUS_GOLDEN=write. */
const FILE = join(import.meta.dirname, '../fixtures/golden/verdicts.json')

async function runs(): Promise<readonly (readonly [string, Result])[]> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  const all: [string, Result][] = []
  for (const { file, scenario } of read.scenarios) {
    all.push([join(basename(dirname(file)), basename(file)), await runInProcess(scenario)])
  }
  return all
}

const DEAD: ReadonlySet<string> = new Set(['killed', 'oops', 'gone'])
const dead = (endings: Readonly<Record<string, string>>) =>
  Object.entries(endings).flatMap(([name, ending]) => (DEAD.has(ending) ? [name] : []))
const namesOf = (parts: readonly Part[], kind: string) =>
  parts.filter(({ party }) => party?.startsWith(kind) === true).map(({ text }) => text)

void t.test('every shipped scenario comes to a sentence that agrees with its outcome', async (t) => {
  const now: Record<string, string> = {}
  for (const [file, { journal, outcome, cell }] of await runs()) {
    const sentence = verdictSentence(journal, { outcome })
    const { text, clauses, victims, survivors, better } = sentence
    now[file] = better === undefined ? `${cell}: ${text}` : `${cell}: ${text} (better: ${better.text})`

    t.equal(sentence.verdict, cell, file)
    t.equal(clauses.map(textOf).join('; '), text)
    const parties = [...victims, ...survivors].map(({ party }) => party)
    t.equal(new Set(parties).size, parties.length, `${file}: nobody is named as two things`)
    const tasks = namesOf(victims, 'task/')
    for (const name of dead(outcome.tasks)) t.ok(tasks.includes(name), `${file}: ${name} is a victim`)
    for (const name of dead(outcome.processes)) t.ok(namesOf(victims, 'process/').includes(name), `${file}: ${name}`)
    const lostGuests = Object.entries(outcome.guests).filter(([, state]) => state === 'panicked' || state === 'gone')
    t.same(
      victims.filter(({ party }) => party?.startsWith('guest/')).map(({ party }) => party),
      lostGuests.map(([vm]) => `guest/${vm}`),
      `${file}: guests`
    )
    if (lostGuests.length === 0) {
      const alive = Object.entries(outcome.tasks).filter(([, ending]) => !DEAD.has(ending) && ending !== 'unfinished')
      for (const [name] of alive) t.ok(namesOf(survivors, 'task/').includes(name), `${file}: ${name} goes on`)
    }
    t.equal(
      survivors.some(({ party }) => party === 'host'),
      outcome.host === 'running',
      `${file}: the host`
    )
    t.equal(better !== undefined, outcome.avoidablePanic, `${file}: what would have been better`)
    for (const { entry, party } of [...clauses.flat(), ...victims, ...survivors]) {
      if (entry !== undefined) t.equal(journal[entry.order - 1]?.id, entry.id, `${file}: entry ${entry.order}`)
      else if (party !== undefined) t.match(party, /^(host|firmware)$/, `${file}: ${party} is named by no entry`)
    }
  }
  if (process.env['SEABUS_GOLDEN'] === 'write') writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`)
  t.same(now, JSON.parse(readFileSync(FILE, 'utf8')))
})

void t.test('at the end of every shipped scenario all stand as its outcome says', async (t) => {
  for (const [file, { journal, outcome }] of await runs()) {
    const states = statesOf(journal)
    const final = statesAt(states, Infinity)
    const stateOf = (party: string) => final.get(party)?.state
    t.equal(stateOf('host'), outcome.host, file)
    t.equal(stateOf('firmware'), outcome.firmware, file)
    for (const [vm, state] of Object.entries(outcome.vms)) t.equal(stateOf(`vm/${vm}`), state, `${file}: ${vm}`)
    for (const [vm, state] of Object.entries(outcome.guests)) t.equal(stateOf(`guest/${vm}`), state, `${file}: ${vm}`)
    for (const party of states.cast.parties) {
      const parent = party.parent === undefined ? undefined : final.get(party.parent)
      const own = final.get(party.id)
      if (parent?.isAlive === false)
        t.equal(own?.isAlive, false, `${file}: ${party.id} does not outlive ${party.parent}`)
      const ending = party.kind === 'task' ? outcome.tasks[party.name] : outcome.processes[party.name]
      if (ending === 'killed' || ending === 'oops') t.equal(own?.state, ending, `${file}: ${party.id}`)
      if (ending === 'signalled') t.equal(own?.state, 'told', `${file}: ${party.id}`)
    }
    const stuck = [...final.values()].filter(({ state }) => state === 'stuck')
    t.equal(stuck.length > 0, outcome.livelock, `${file}: stuck`)
  }
})

void t.test('in every shipped scenario the signals of the hops are those of its outcome', async (t) => {
  for (const [file, { journal, outcome }] of await runs()) {
    const signals = hopsOf(journal).filter(({ mark }) => mark === 'signal')
    const toVmms = signals.filter(({ party }) => party?.startsWith('vm/'))
    const count = (by: string) =>
      toVmms.filter((hop) => hop.by === by).reduce((sum, { entries }) => sum + entries.length, 0)
    for (const by of new Set(outcome.signals)) {
      t.equal(count(by), outcome.signals.filter((name) => name === by).length, `${file}: ${by}`)
    }
    for (const [name, codes] of Object.entries({ ...outcome.taskSignals, ...outcome.processSignals })) {
      const told = signals.filter(({ whom }) => whom === name)
      const bys = new Set(told.map(({ by }) => by))
      for (const code of codes) t.ok(bys.has(code), `${file}: ${name} is told by ${code}`)
    }
  }
})

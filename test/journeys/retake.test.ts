import t from 'tap'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { runScenario, type Result } from '../../shared/scenario/run-scenario.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { services } from '../support/services.ts'

/** What a task or process got, as code and second; and how often the PE took its exception at least. */
function signalsOf({ journal }: Result, type: 'host.signal' | 'guest.signal', pid: number) {
  return journal
    .filter((entry) => entry.kind === 'note' && entry.type === type)
    .map((entry) => ({ time: entry.time, ...(entry.data as { pid: number; info: { code: number } }) }))
    .filter((signal) => signal.pid === pid)
    .map(({ time, info }) => [info.code, Math.floor(time / 1e9)])
}

const fileOf = (text: string): ScenarioFile => {
  const read = readScenario(text, 'here.yaml')
  if (read.errors !== undefined) throw new Error(read.errors.map(({ message }) => message).join('; '))
  return read.scenario
}

interface Native {
  readonly linux: string
  readonly notify?: string
  readonly page: string
}
const native = ({ linux, notify = 'SEA', page }: Native) =>
  fileOf(`
seabus: 1
title: a native consumer
machine: { linux: ${linux}, notify: { recoverable: ${notify} } }
vms: []
processes: [{ name: victim, sigbus: default, ${page} }]
steps: [{ poison: { task: victim, exception: SEA } }, { touch: victim }]
`)

const guest = (linux: string, page: string, profile: string) =>
  fileOf(`
seabus: 1
title: a consumer in a guest
vms: [{ profile: ${profile}, guest: { linux: ${linux} }, tasks: [{ name: redis, ${page} }, nginx] }]
steps: [{ touch: redis }, { poison: redis }, { touch: redis }, { touch: nginx }]
`)

const OBJERR = 3
const AR = 4
const PFNMAP = 'backing: pfnmap'
const PINNED_THP = 'backing: thp, size: 2M, pinned: true'
const KSM = 'backing: ksm'

/** Which signal each kernel ends the storm with, and in which second. */
const NATIVE = [
  ['6.1', PFNMAP, AR, 10],
  ['6.12.95', PFNMAP, AR, 10],
  ['6.12.117', PFNMAP, OBJERR, 0],
  ['7.3', PFNMAP, OBJERR, 0],
  ['6.1', PINNED_THP, AR, 10],
  ['6.1', KSM, AR, 10],
  ['6.12', KSM, AR, 0]
] as const

for (const [linux, page, code, second] of NATIVE) {
  void t.test(`${linux}: a native SEA at ${page} ends in signal code ${code} in second ${second}`, async (t) => {
    const run = await runInProcess(native({ linux, page }))

    t.strictSame(signalsOf(run, 'host.signal', 300), [[code, second]])
    t.match(run.outcome, { processes: { victim: 'killed' }, livelock: false })
  })
}

for (const notify of ['GSIV', 'SDEI']) {
  void t.test(`told by ${notify} nothing requires an action: the storm never ends, and is said to`, async (t) => {
    const run = await runInProcess(native({ linux: '6.12', notify, page: PFNMAP }))

    t.match(run.outcome, { processes: { victim: 'unfinished' }, livelock: true, host: 'running' })
    t.strictSame(signalsOf(run, 'host.signal', 300), [])
    t.ok(run.journal.length < 1500, 'a storm is some tens of takes')
  })
}

/** The host's stage 2 faults and the VMM's injections go round until the guest kernel answers otherwise. */
const GUEST = [
  ['6.1', PFNMAP, AR, 10],
  ['6.1', KSM, AR, 10],
  ['6.12.95', PFNMAP, AR, 10],
  ['6.12.117', PFNMAP, OBJERR, 0],
  ['7.3', KSM, AR, 0]
] as const

for (const profile of ['qemu-10.2', 'reference']) {
  for (const [linux, page, code, second] of GUEST) {
    void t.test(`${profile} injects until a ${linux} guest kills its task at ${page}`, async (t) => {
      const run = await runInProcess(guest(linux, page, profile))

      t.strictSame(signalsOf(run, 'guest.signal', 1200), [[code, second]])
      t.match(run.outcome, { tasks: { redis: 'killed', nginx: 'completed' }, vm: 'running', livelock: false })
    })
  }
}

void t.test('a livelock is over when something has changed after all', async (t) => {
  const file = native({ linux: '6.1', notify: 'GSIV', page: PFNMAP })
  const repaired = { ...file, steps: [...file.steps, { wait: '30s' }, { repair: 'victim' }] }

  const run = await runInProcess(repaired)

  t.match(run.outcome, { processes: { victim: 'completed' }, livelock: false })
  t.ok(run.journal.some(({ type }) => type === 'pe.livelock'))
})

const OVER_HTTP: readonly [string, ScenarioFile][] = [
  ['a native storm of 10 s', native({ linux: '6.1', page: PFNMAP })],
  ['a native livelock', native({ linux: '7.3', notify: 'GSIV', page: PFNMAP })],
  ['a storm in a guest', guest('6.1', KSM, 'qemu-10.2')]
]
for (const [what, file] of OVER_HTTP) {
  void t.test(`${what} is the same over HTTP, take by take`, async (t) => {
    const { system } = await services(t, { machines: [] })

    const inProcess = await runInProcess(file)
    const served = await runScenario(system, file, inProcess.machine)

    const takes = ({ journal }: Result) =>
      journal.filter(({ type }) => type === 'pe.spin' || type === 'pe.livelock').map(({ data, time }) => [time, data])
    t.strictSame(takes(served), takes(inProcess))
    t.strictSame(served.outcome, inProcess.outcome)
  })
}

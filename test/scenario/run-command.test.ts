import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { diffCommand } from '../../cli/actions/diff.ts'
import { runCommand } from '../../cli/actions/run.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readStory } from '../../services/console/stories.ts'
import { failuresOf } from '../../shared/scenario/check-expectation.ts'
import type { Expectation } from '../../shared/scenario/schema-expect.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const STORY = join(SHIPPED, '01-story.yaml')

void t.test('exit 0 when every file ends as it expects', async (t) => {
  const { output, exitCode } = await runCommand({}, [STORY])

  t.equal(exitCode, 0)
  t.match(output, /process killed: .*redis killed; nginx completed[\s\S]*as expected/)
})

void t.test('exit 1 when not: the nearest event and the difference are told', async (t) => {
  const text = readFileSync(STORY, 'utf8')
    .replace('cell: process killed', 'cell: recovered')
    .replace('ext_dabt_pending: 1', 'ext_dabt_pending: 2')
  const { output, exitCode } = await runCommand({}, [join(t.testdir({ 'other.yaml': text }), 'other.yaml')])

  t.equal(exitCode, 1)
  t.match(
    output,
    /expect\.cell: is process killed, not recovered\n +expected: recovered\n +got: +process killed\n +nearest: +#\d+ guest .* it dies\n/
  )
  t.match(
    output,
    /expect\.events\[\d+\]: .*\n +expected: .*\n +got: .*\n +nearest: +#\d+ .*\n +differs: +.* is .*, not/
  )
  t.match(output, /NOT AS EXPECTED: 2 of its expectations failed$/)
})

void t.test(
  "a run with another policy than its file's is no failure of the file, and says what that expects",
  async (t) => {
    const changed = await runCommand({ policy: 'sei' }, [STORY])
    const same = await runCommand({ policy: 'morse' }, [STORY])
    const tap = await runCommand({ policy: 'sei', tap: true }, [STORY])

    t.equal(changed.exitCode, 0)
    t.match(changed.output, /changed: policy sei in place of morse; without that the file expects otherwise:/)
    t.match(changed.output, /expect\.cell: is avoidable panic, not process killed/)
    t.notMatch(changed.output, /as expected/i)
    t.match(same.output, /\nas expected$/, 'what the file has anyway is no change')
    t.match(tap.output, /\nok 1 - .* # SKIP policy sei in place of morse\n# changed: /)
  }
)

void t.test('exit 2 for a bad file, all its mistakes on standard error; a missing one as well', async (t) => {
  const bad = join(t.testdir({ 'bad.yaml': 'seabus: 1\ntitle: t\nstpes: []\n' }), 'bad.yaml')

  const { errors, exitCode } = await runCommand({}, [bad, '/nowhere.yaml'])

  t.equal(exitCode, 2)
  t.match(errors, /bad\.yaml:3:1: unknown key stpes; did you mean steps\?\n.*nowhere\.yaml:1:1: there is no such file/)
})

void t.test('exit 2 for a step that asks for what cannot be, with the rule that says so', async (t) => {
  const step = '{ task: redis, severity: recoverable, containment: UC }'
  const text = `seabus: 1\ntitle: t\nsteps:\n  - touch: redis\n  - poison: ${step}\n`
  const file = join(t.testdir({ 'uc.yaml': text }), 'uc.yaml')

  const { errors, exitCode } = await runCommand({}, [file])

  t.equal(exitCode, 2)
  t.match(errors, /uc\.yaml: steps\[1\]: .*an uncontained error \(UC\) may have spread anywhere/)
})

void t.test('exit 3 when the services, or the policy, cannot be reached', async (t) => {
  const services = await runCommand({ url: 'http://127.0.0.1:1' }, [STORY])
  const policy = await runCommand({ policy: 'http://127.0.0.1:1' }, [STORY])

  t.match(services, { exitCode: 3, errors: /127\.0\.0\.1:1/ })
  t.match(policy, { exitCode: 3, errors: /policy at http:\/\/127\.0\.0\.1:1: connection refused/ })
})

void t.test('a name that nothing has is refused with the nearest one', async (t) => {
  await t.rejects(async () => runCommand({ policy: 'mors' }, [STORY]), /no policy mors; did you mean morse\?/)
  await t.rejects(async () => runCommand({ vmm: 'qemu-10.3' }, [STORY]), /no VMM profile qemu-10\.3; did you mean/)
})

void t.test('against services, through the console, the same file ends the same', async (t) => {
  const { urls } = await services(t, { machines: [] })

  const { exitCode } = await runCommand({ url: urls.console }, [STORY])

  t.equal(exitCode, 0)
})

void t.test('a run at services leaves no machine there, however it ends, unless it is to be kept', async (t) => {
  const { urls } = await services(t, { machines: [] })
  const machines = async () =>
    Promise.all(
      MODELLED_LAYERS.map(async (layer) => (await request(`${urls[layer]}/v1/machines`)).json as { machines: string[] })
    )
  const none = MODELLED_LAYERS.map(() => ({ machines: [] }))
  const impossible = join(
    t.testdir({
      'uc.yaml': 'seabus: 1\ntitle: t\nsteps:\n  - poison: { task: redis, severity: recoverable, containment: UC }\n'
    }),
    'uc.yaml'
  )

  t.match(await runCommand({ url: urls.console }, [STORY]), { exitCode: 0 })
  t.strictSame(await machines(), none, 'as expected')
  t.match(await runCommand({ url: urls.console }, [impossible]), { exitCode: 2 })
  t.strictSame(await machines(), none, 'a step that cannot be')
  t.match(await runCommand({ url: urls.console, keep: true }, [STORY]), { exitCode: 0 })
  for (const kept of await machines()) t.match(kept, { machines: [/^run-/] })
  await t.rejects(async () => runCommand({ keep: true }, [STORY]), /--keep is for --url/)
})

void t.test(
  'a run at services that is interrupted deletes its machine, and says by which signal it ended',
  async (t) => {
    const asked: string[] = []
    const server = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url?.replace(/run-[0-9a-f]+/, 'RUN')}`)
      if (incoming.method === 'GET') return void response.writeHead(200).end('{"service":"console"}')
      if (incoming.method === 'DELETE') return void response.writeHead(200).end('{}')
      // The first machine is being made for ever.
      process.emit('SIGINT', 'SIGINT')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const { exitCode } = await runCommand({ url }, [STORY])

    t.equal(exitCode, 130)
    t.strictSame(asked, ['GET /', 'PUT /services/hardware/v1/machines/RUN', 'DELETE /v1/machines/RUN'])
  }
)

const FORMATS: readonly (readonly [format: string, like: RegExp])[] = [
  ['tap', /^TAP version 14\n1\.\.1\nok 1 - .*01-story\.yaml: The guest is told by SEA/],
  ['junit', /^<\?xml [\s\S]*<testsuites tests="1" failures="0" skipped="0" time="[\d.]+">[\s\S]*<testcase /],
  ['mermaid', /sequenceDiagram\n {2}participant outside[\s\S]*hostkernel->>vmm: SIGBUS BUS_MCEERR_AO/],
  ['json', /"cell": "process killed"/]
]
for (const [format, like] of FORMATS) {
  void t.test(`--${format} prints what its readers take`, async (t) => {
    t.match((await runCommand({ [format]: true }, [STORY])).output, like)
  })
}

void t.test('a policy behind a URL decides, though time stands still in the process', async (t) => {
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const question = JSON.parse(body) as { signal: { code: string } }
      asked.push(question.signal.code)
      const action = question.signal.code === 'BUS_MCEERR_AR' ? 'stop-vm' : 'ignore'
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ action, because: 'says the test' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const policy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const { output } = await runCommand({ policy, json: true }, [STORY])

  t.match(JSON.parse(output), [{ cell: 'VM lost', outcome: { vm: 'stopped' } }])
  t.same(asked, ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'], 'each question once')
})

void t.test('diff compares what run --json has written, and journals', async (t) => {
  const dir = t.testdir({})
  const write = async (name: string, policy: string) => {
    const file = join(dir, name)
    writeFileSync(file, (await runCommand({ policy, json: true }, [STORY])).output)
    return file
  }
  const [morse, sei] = [await write('morse.json', 'morse'), await write('sei.json', 'sei')]
  const [run] = JSON.parse(readFileSync(morse, 'utf8')) as [{ journal: unknown[] }]
  const lines = join(dir, 'morse.ndjson')
  writeFileSync(lines, run.journal.map((entry) => `${JSON.stringify(entry)}\n`).join(''))

  t.match(await diffCommand({}, [morse, sei]), { exitCode: 1, output: /how they end/ })
  t.match(await diffCommand({}, [morse, lines]), { exitCode: 0, output: /^no difference that counts/ })
})

const fileOf = (t: Test, text: string) => join(t.testdir({ 'f.yaml': `seabus: 1\ntitle: t\n${text}\n` }), 'f.yaml')

void t.test('a file that expects nothing is not as expected, in any format', async (t) => {
  const file = fileOf(t, 'steps: [{ touch: redis }]')
  const { output, exitCode } = await runCommand({}, [file])

  t.equal(exitCode, 1)
  t.match(output, /NOTHING EXPECTED/)
  t.notMatch(output, /as expected/)
  t.match((await runCommand({ tap: true }, [file])).output, /^not ok 1/m)
  t.match((await runCommand({ junit: true }, [file])).output, /failures="1"/)
})

void t.test('a set-up that fails names what was refused first', async (t) => {
  const vms = 'vms: [{ memory: 16G, backing: hugetlb-1g }]'
  const file = fileOf(t, `${vms}\nsteps: [{ touch: redis }]\nexpect: { cell: recovered }`)

  const { errors, exitCode } = await runCommand({}, [file])

  t.equal(exitCode, 2)
  t.match(errors, /setting up: host-kernel refused process\.create of vmm: .*no free frames/)
})

void t.test('what a step is refused fails the run, unless the file expects it', async (t) => {
  const steps = 'vms: [{ profile: firecracker }]\nsteps: [{ migrate: vm0 }]'
  const silent = await runCommand({}, [fileOf(t, `${steps}\nexpect: { host: running }`)])
  const told = await runCommand({}, [
    fileOf(t, `${steps}\nexpect: { events: [refused:vm.migrate: { code: request-unsupported }] }`)
  ])

  t.match(silent, { exitCode: 1, output: /steps: vmm refuses vm\.migrate of a step: request-unsupported/ })
  t.match(told, { exitCode: 0 })
})

void t.test('an access that has not ended in a kernel that runs fails a run, unless the file expects it', async (t) => {
  const file = { ...readStory('morse'), expect: { host: 'running' as const } }
  const { outcome, journal } = await runInProcess(file)
  const left = { ...outcome, tasks: { ...outcome.tasks, nginx: 'unfinished' } }
  const failures = (expect: Expectation, of = left) =>
    failuresOf(expect, of, journal).map(({ expectation }) => expectation)

  t.same(failures({ host: 'running' }), ['expect.tasks.nginx'])
  t.same(failures({ host: 'running', tasks: { nginx: 'unfinished' } }), [])
  t.same(failures({ guest: 'panicked' }, { ...left, guest: 'panicked', guests: { vm0: 'panicked' } }), [])
  t.same(failures({ livelock: true }, { ...left, livelock: true }), [])
})

void t.test('always is not so of what never happens', async (t) => {
  const always = 'steps: [{ touch: redis }]\nexpect: { always: [guest.flow: { flow: SEI }] }'

  t.match(await runCommand({}, [fileOf(t, always)]), {
    exitCode: 1,
    output: /guest\.flow does not happen, so this is so of nothing/
  })
})

void t.test('the numbers of a report are those of the trace above it', async (t) => {
  const never = 'steps: [{ touch: redis }]\nexpect: { never: [stage2.map, access.complete] }'
  const { output } = await runCommand({}, [fileOf(t, never)])
  const numbers = [...output.matchAll(/nearest:  #(\d+) /g)].map(([, number]) => number)

  t.equal(numbers.length, 2)
  for (const number of numbers) t.match(output, new RegExp(`^ *${number}  `, 'm'))
})

void t.test('--explain tells each expectation, what came of it and what happened between', async (t) => {
  const { output, exitCode } = await runCommand({ explain: true }, [STORY])

  t.equal(exitCode, 0)
  t.match(output, /expect\.tasks\.redis: expected "killed", got "killed"/)
  t.match(output, /expect\.events\[1\]: expected apei\.notify with notify GSIV\n(?: {6,}.*\n)+ {6}got #\d+ firmware/)
  t.match(output, /expect\.never\[0\]: expected never guest\.flow with flow SEI, got none of [1-9]\d* guest\.flow/)
  t.match(output, /expect\.always\[0\]: .*, got it 1 times of 1/)
  t.match(output, /^expect:\n {2}cell: "process killed"\n/m)
  await t.rejects(runCommand({ explain: true, json: true }, [STORY]), /--explain is for the text/)
})

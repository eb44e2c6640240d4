import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { diffCommand } from '../../cli/commands/diff.ts'
import { runCommand } from '../../cli/commands/run.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
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
  t.match(output, /expect\.cell: is process killed, not recovered/)
  t.match(output, /expect\.events\[\d+\]: .*\n +nearest: #\d+ .*\n +differs: .* is .*, not/)
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
  t.match(errors, /bad\.yaml:3:1: unknown key stpes; did you mean steps\?\n.*nowhere\.yaml:1:1: ENOENT/)
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
  t.match(policy, { exitCode: 3, errors: /policy at http:\/\/127\.0\.0\.1:1: ECONNREFUSED/ })
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

const FORMATS: readonly (readonly [format: string, like: RegExp])[] = [
  ['tap', /^TAP version 14\n1\.\.1\nok 1 - .*01-story\.yaml: The guest is told by SEA/],
  ['junit', /^<\?xml [\s\S]*<testsuites tests="1" failures="0" skipped="0">[\s\S]*<testcase /],
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
  t.match(await diffCommand({}, [morse, lines]), { exitCode: 0, output: /^no difference/ })
})

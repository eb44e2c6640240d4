import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../../cli/actions/run.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { program } from '../support/programs.ts'

const STORY = join(SHIPPED, '01-story.yaml')
const COUNTER = join(SHIPPED, '02-counter-example.yaml')
const failing = readFileSync(STORY, 'utf8').replace('cell: process killed', 'cell: recovered')
const lines = (text: string) => text.split('\n')

void t.test('one file is told as a story, several a line each and how many are as expected', async (t) => {
  const one = await runCommand({}, [STORY])
  const two = await runCommand({}, [STORY, COUNTER])

  t.ok(lines(one.output).length > 50)
  t.strictSame(lines(two.output), [
    `ok       ${STORY}: process killed`,
    `ok       ${COUNTER}: avoidable panic`,
    '',
    '2 of 2 as expected'
  ])
  t.equal(two.exitCode, 0)
})

void t.test('of several, one that fails is told with its story, and all with -v', async (t) => {
  const file = join(t.testdir({ 'f.yaml': failing }), 'f.yaml')
  const { output, exitCode } = await runCommand({}, [COUNTER, file])
  const verbose = await runCommand({ verbose: true }, [COUNTER, STORY])

  t.equal(exitCode, 1)
  t.match(output, new RegExp(`^ok .*\\nFAILED +${file}: process killed\\n\\nThe guest is told by SEA`))
  t.match(output, /expect\.cell: is process killed, not recovered\n(.*\n)*1 of 2 as expected$/)
  t.match(verbose.output, /^ok .*\n\n.*\n(.*\n)*ok .*\n\nThe guest is told by SEA/)
})

void t.test(
  'of a directory those files are run that are scenarios, and it is said how many others there are',
  async (t) => {
    const dir = t.testdir({
      'a.yaml': readFileSync(STORY, 'utf8'),
      'ci.yml': 'on: push\n',
      sub: { 'b.yaml': readFileSync(COUNTER, 'utf8') },
      node_modules: { 'c.yaml': 'seabus: 1\n' }
    })
    const { output, errors, exitCode } = await runCommand({}, [dir])

    t.equal(exitCode, 0)
    t.match(output, /2 of 2 as expected$/)
    t.equal(errors, '1 other YAML file is no scenario')
    await t.rejects(async () => runCommand({}, [t.testdir({ 'x.yaml': 'a: 1' })]), /there is no scenario in/)
  }
)

void t.test('a file that is no scenario at all is refused in one line, whatever its text breaks of YAML', async (t) => {
  const file = join(t.testdir({ 'a.txt': '# A page\n\n- [x]: *y\n  {:\n\t- &a: `b`\n@c\n' }), 'a.txt')
  const { errors = '', exitCode } = await runCommand({}, [file])

  t.equal(exitCode, 2)
  t.match(errors, /^[^\n]*a\.txt:\d+:\d+: this is no scenario, which is YAML and begins with seabus: 1[^\n]*$/)
})

void t.test('what is run otherwise than the files say is counted apart', async (t) => {
  const { output } = await runCommand({ policy: 'sei' }, [STORY, COUNTER])

  t.match(output, /^changed +.*: avoidable panic\n +expect\.cell: is avoidable panic, not process killed\n/)
  t.match(output, /\n {9}and \d+ more\nok +.*\n\n1 of 1 as expected\n1 run otherwise .* 1 of them end otherwise/)
})

void t.test('over many threads the results stand in the order of the files', async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, '0')}.yaml`)
  const dir = t.testdir(
    Object.fromEntries(names.map((name, at) => [name, at % 3 === 0 ? failing : readFileSync(STORY, 'utf8')]))
  )
  const { output, exitCode } = await runCommand({ format: 'tap' }, [dir])
  const results = lines(output).filter((line) => /^(not )?ok /.test(line))

  t.equal(exitCode, 1)
  t.strictSame(
    results.map((line) => /^((?:not )?ok) \d+ - .*\/(s\d+\.yaml)/.exec(line)?.slice(1)),
    names.map((name, at) => [at % 3 === 0 ? 'not ok' : 'ok', name])
  )
})

void t.test('a step that cannot be ends a run over many threads as one over one', async (t) => {
  const bad = 'seabus: 1\ntitle: t\nsteps: [{ poison: { task: redis, severity: recoverable, containment: UC } }]\n'
  const names = Array.from({ length: 9 }, (_, index) => `s${index}.yaml`)
  const dir = t.testdir(
    Object.fromEntries(names.map((name, at) => [name, at === 5 ? bad : readFileSync(STORY, 'utf8')]))
  )

  t.match(await runCommand({}, [dir]), { exitCode: 2, output: '', errors: /s5\.yaml: steps\[0\]: / })
})

void t.test('--out writes a file, and --format has the word for it', async (t) => {
  const out = join(t.testdir(), 'report.xml')
  const ended = await program('cli/seabus.ts', ['run', STORY, '--format', 'junit', '--out', out]).ended

  t.same(ended, { code: 0, out: `${out} written\n`, err: '' })
  t.match(readFileSync(out, 'utf8'), /^<\?xml [\s\S]*<\/testsuites>\n$/)
  await t.rejects(async () => runCommand({ format: 'tap', junit: true }, [STORY]), /one format, not tap and junit/)
})

void t.test('in a pipe there is neither progress nor colour', async (t) => {
  const { out, err } = await program('cli/seabus.ts', ['run', STORY, COUNTER], { TERM: 'xterm-256color' }).ended

  t.notMatch(out, '\x1b')
  t.equal(err, '')
})

void t.test('what is coloured on a terminal is plain in a file', async (t) => {
  const out = join(t.testdir(), 'out.txt')
  const colours = { FORCE_COLOR: '1' }
  const shown = await program('cli/seabus.ts', ['run', STORY, COUNTER], colours).ended
  const replayed = ['replay', 'test/fixtures/real-kernel/6.1/polled-anon-early.json', '--out', out]

  t.match(shown.out, '\u001b[32mok ')
  for (const args of [['run', STORY, COUNTER, '--out', out], replayed]) {
    t.equal((await program('cli/seabus.ts', args, colours).ended).out, `${out} written\n`)
    t.notMatch(readFileSync(out, 'utf8'), '\u001b')
    t.ok(readFileSync(out, 'utf8').length > 80)
  }
})

void t.test('a scenario that comes with seabus goes by its name, unless a file has that name', async (t) => {
  const named = await runCommand({ format: 'tap' }, ['02-counter-example'])

  t.match(named.output, `ok 1 - ${COUNTER}: `)
  t.match(await runCommand({}, ['02-counter-exampel']), {
    exitCode: 2,
    errors: /02-counter-exampel:1:1: there is no such file/
  })
})

void t.test('a report for JUnit has the time of each run, and of all', async (t) => {
  const { output } = await runCommand({ format: 'junit' }, [STORY, COUNTER])
  const times = [...output.matchAll(/<testcase [^>]*time="([\d.]+)"/g)].map(([, time]) => Number(time))
  const all = [...output.matchAll(/<testsuites? [^>]*time="([\d.]+)"/g)].map(([, time]) => Number(time))

  t.equal(times.length, 2)
  t.equal(all.length, 2)
  // Each is rounded to a millisecond.
  for (const time of all) t.ok(Math.abs(time - times.reduce((sum, one) => sum + one, 0)) < 0.002)
})

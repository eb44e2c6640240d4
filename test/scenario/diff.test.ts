import { join } from 'node:path'
import t from 'tap'
import { EXIT } from '../../cli/command.ts'
import { diffCommand } from '../../cli/actions/diff.ts'
import { runCommand } from '../../cli/actions/run.ts'
import { diffOf, type Side } from '../../cli/scenario/diff-runs.ts'
import { diffText } from '../../cli/scenario/diff-text.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'

async function side(name: string, overrides: Overrides): Promise<Side> {
  const read = readScenarioFile(join(SHIPPED, '01-story.yaml'))
  if (!('scenario' in read)) throw new Error('the story cannot be read')
  return { name, ...(await runInProcess(read.scenario, overrides)) }
}

void t.test('two runs of one scenario are the same', async (t) => {
  t.match(
    diffText(diffOf(await side('a', {}), await side('b', {}))),
    /^no difference that counts in \d+ events of the story$/
  )
})

void t.test('two policies part at the first answer that differs, not at their names', async (t) => {
  const diff = diffOf(await side('morse', { policy: 'morse' }), await side('sei', { policy: 'sei' }))
  const text = diffText(diff)

  t.notOk(diff.isSame)
  t.match(
    text,
    /^morse: redis was killed.*\nsei: the guest kernel panicked.*\nthey part at\n {2}morse: #\d+ .*\n {2}sei: #\d+ /
  )
  t.match(text, /\n {4}action: morse has "notify-interrupt", sei has "ignore"\n/)
  t.match(text, /the decision that made their ends differ, about BUS_MCEERR_AR\n {2}morse: #\d+ inject-sea, because /)
  t.ok(diff.outcomes.some(([field, left, right]) => field === 'avoidablePanic' && left === false && right === true))
})

void t.test('names and addresses that a VMM merely chose are no difference', async (t) => {
  const same = diffOf(await side('10.2', { vmm: 'qemu-10.2' }), await side('11.0', { vmm: 'qemu-11.0' }))

  t.ok(same.isSame)
})

void t.test('where nobody was asked that is said, and how both end', async (t) => {
  const text = diffText(
    diffOf(await side('qemu-10.2', { vmm: 'qemu-10.2' }), await side('kvmtool', { vmm: 'kvmtool' }))
  )

  t.match(text, /the decision that made their ends differ.*\n {2}qemu-10\.2: #.*\n {2}kvmtool: nobody was asked\n/)
  t.match(text, /how they end\n(.*\n)*.*vm: qemu-10\.2 "running", kvmtool "killed"/)
})

void t.test('--policy and --policies are one; a policy may be an address, and one that is down ends it', async (t) => {
  const path = join(SHIPPED, '01-story.yaml')
  const [one, other] = await Promise.all([
    diffCommand({ policy: 'morse,sei' }, [path]),
    diffCommand({ policies: 'morse,sei' }, [path])
  ])

  t.same(one, other)
  t.match(await diffCommand({ policy: 'morse,http://127.0.0.1:1' }, [path]), {
    exitCode: 3,
    errors: /^seabus diff: policy at http:\/\/127\.0\.0\.1:1: \w/
  })
  await t.rejects(diffCommand({ policy: 'morse' }, [path]), /two names to compare/)
})

void t.test(
  'as JSON the comparison has both stories side by side and the decision that made the ends differ',
  async (t) => {
    const path = join(SHIPPED, '01-story.yaml')
    const { output, exitCode } = await diffCommand({ policies: 'morse,sei', format: 'json' }, [path])
    const told = JSON.parse(output) as Compared

    t.equal(exitCode, EXIT.notAsExpected)
    t.match(told.left, { name: 'morse', verdict: 'process killed', sentence: /^redis was killed/ })
    t.match(told.right, { name: 'sei', verdict: 'avoidable panic' })
    t.match(told.rows[told.first], {
      left: { type: 'policy.answered' },
      right: { type: 'policy.answered' },
      counts: true
    })
    t.match(told.decisions[told.decisive], { left: { action: 'inject-sea' }, right: { action: 'inject-serror' } })
    await t.rejects(diffCommand({ policies: 'morse,sei', format: 'xml' }, [path]), /there is no format xml/)
  }
)

void t.test('a file with mistakes gives them as values where JSON is asked for', async (t) => {
  const file = join(t.testdir({ 'f.yaml': 'seabus: 1\ntitle: t\nsteps:\n  - tuch: redis\n' }), 'f.yaml')
  const { output, errors, exitCode } = await runCommand({ json: true }, [file])

  t.equal(exitCode, EXIT.badFile)
  t.match(JSON.parse(output), { errors: [{ file, line: 4, column: 5, length: 4, suggestion: 'touch' }] })
  t.match(errors, `${file}:4:5: steps[0]: unknown key tuch; did you mean touch?`)
})

interface Compared {
  readonly left: unknown
  readonly right: unknown
  readonly first: number
  readonly decisive: number
  readonly rows: readonly unknown[]
  readonly decisions: readonly unknown[]
}

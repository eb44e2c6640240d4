import { join } from 'node:path'
import t from 'tap'
import { EXIT } from '../../cli/command.ts'
import { diffCommand } from '../../cli/actions/diff.ts'
import { runCommand } from '../../cli/actions/run.ts'
import { diffText, partingOf, type Side } from '../../cli/scenario/diff-runs.ts'
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
  t.match(diffText(await side('a', {}), await side('b', {})), /^no difference in \d+ entries$/)
})

void t.test('two policies part at the first answer that differs, not at their names', async (t) => {
  const parting = partingOf(await side('morse', { policy: 'morse' }), await side('sei', { policy: 'sei' }))

  t.ok(parting.common > 50)
  t.match(parting, {
    left: { type: 'policy.decide', kind: 'answer' },
    right: { type: 'policy.decide', kind: 'answer' }
  })
  t.match(parting.why[0], /^action: morse has "notify-interrupt", sei has "ignore"$/)
  t.ok(parting.outcomes.some(([field, left, right]) => field === 'avoidablePanic' && left === false && right === true))
})

void t.test('the comparison says where, why, and how both end', async (t) => {
  const text = diffText(await side('qemu-10.2', { vmm: 'qemu-10.2' }), await side('kvmtool', { vmm: 'kvmtool' }))

  t.match(text, /^the same for \d+ entries, then\n {2}qemu-10\.2: .*\n {2}kvmtool: .*\nwhy\n/)
  t.match(text, /how they end\n(.*\n)*.*vm: qemu-10\.2 "running", kvmtool "killed"/)
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

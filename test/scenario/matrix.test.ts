import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { matrixCommand } from '../../cli/actions/matrix.ts'
import { foreign } from '../service/http.ts'
import { VERDICTS, type Verdict } from '../../shared/trace/verdict.ts'
import { readScenarios, SHIPPED, type NamedScenario } from '../../cli/scenario/files.ts'
import { matrixCsv, matrixJson, matrixSvg, matrixText } from '../../cli/scenario/matrix-formats.ts'
import { matrixPage } from '../../cli/scenario/matrix-page.ts'
import { columnsOf, runMatrix } from '../../cli/scenario/matrix-runs.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { runAsFarAsItGoes } from '../../cli/scenario/in-process.ts'

const read = readScenarios([SHIPPED])
const scenarios = 'scenarios' in read ? read.scenarios : []
const withVm = scenarios.filter(({ scenario }) => scenario.processes === undefined || scenario.vms !== undefined)
const worse = (cell: Verdict) => VERDICTS.indexOf(cell)
const run = ({ scenario }: NamedScenario, overrides: Overrides) => runAsFarAsItGoes(scenario, overrides)

void t.test(
  'S26: a policy that sees siginfo alone gets the same, or better, as one that sees the exception',
  async (t) => {
    t.ok(withVm.length > 30)
    for (const one of withVm) {
      const blind = await run(one, { vmm: 'reference', policy: 'morse', exposeException: false })
      const shown = await run(one, { vmm: 'reference', policy: 'morse', exposeException: true })
      const seeing = await run(one, { vmm: 'reference', policy: 'mirror', exposeException: true })

      t.strictSame(shown.outcome, blind.outcome, `${one.file}: being shown it changes nothing by itself`)
      t.ok(worse(blind.cell) <= worse(seeing.cell), `${one.file}: ${blind.cell}, seeing ${seeing.cell}`)
    }
  }
)

/** Every message on the way is held against its contract. */
const held = ({ scenario }: NamedScenario, vmm: string) => runAsFarAsItGoes(scenario, { vmm }, { validate: true })

/** What the host itself does is the same, whoever runs the VM: only who is told, and what dies of it, differs. */
void t.test('S27: QEMU and kvmtool are interchangeable: one contract with the host, one with the guest', async (t) => {
  for (const one of withVm) {
    const [qemu, kvmtool] = [await held(one, 'qemu-10.2'), await held(one, 'kvmtool')]

    t.equal(kvmtool.outcome.host, qemu.outcome.host, `${one.file}: host`)
    t.equal(kvmtool.outcome.firmware, qemu.outcome.firmware, `${one.file}: firmware`)
    t.ok(kvmtool.outcome.poisonedPages.host <= qemu.outcome.poisonedPages.host, `${one.file}: pages`)
    t.notOk(kvmtool.outcome.silentCorruption || qemu.outcome.silentCorruption, `${one.file}: no corruption`)
  }
})

void t.test('no VMM and no policy that is shipped lets corrupt data through, in any scenario', async (t) => {
  const matrix = await runMatrix(scenarios, columnsOf())
  const { rows, columns, runs } = matrix

  t.ok(columns.length >= 13, `${columns.length} columns`)
  t.ok(runs > rows.length, `${runs} runs`)
  for (const { file, cells } of rows) t.notOk(cells.includes('silent corruption'), file)
  const kept = readFileSync(new URL('../../docs/matrix.json', import.meta.url), 'utf8')
  t.equal(kept, matrixPage(matrix), 'docs/matrix.json is what comes out; if not, npx seabus matrix --write')
})

void t.test('a matrix is a table, JSON, CSV and a picture of the same cells', async (t) => {
  const story = scenarios.filter(({ file }) => file.endsWith('01-story.yaml'))
  const matrix = await runMatrix(story, columnsOf(['reference', 'kvmtool'], ['morse', 'sei']))

  t.match(matrixText(matrix), /01-story +k +A +V/)
  t.same(
    (JSON.parse(matrixJson(matrix)) as { scenarios: { cells: unknown }[] }).scenarios.map(({ cells }) => cells),
    [{ 'reference/morse': 'process killed', 'reference/sei': 'avoidable panic', kvmtool: 'VM lost' }]
  )
  t.equal(
    matrixCsv(matrix),
    'scenario,reference/morse,reference/sei,kvmtool\r\n01-story,process killed,avoidable panic,VM lost'
  )
  t.equal(matrixSvg(matrix).match(/<rect [^>]*><title>/g)?.length, 3)
})

void t.test('a VMM that asks nobody is one column, whatever policies are asked for', (t) => {
  t.same(columnsOf(['kvmtool'], ['morse', 'sei']), [{ vmm: 'kvmtool', policy: undefined }])
  t.end()
})

void t.test(
  'a policy at an address is a column like any other, and one that is down ends it with exit 3',
  async (t) => {
    const story = join(SHIPPED, '01-story.yaml')
    const policy = await policyThat('stop-vm')
    t.teardown(() => policy.close())
    const asked = { policy: `morse,${policy.url}`, vmm: 'reference', format: 'csv' }

    t.same(await matrixCommand(asked, [story]), {
      exitCode: 0,
      isStyled: true,
      output: `scenario,reference/morse,reference/${policy.url}\r\n01-story,process killed,VM lost`
    })
    t.match(await matrixCommand({ policy: 'http://127.0.0.1:1' }, [story]), {
      exitCode: 3,
      errors: /^seabus matrix: policy at http:\/\/127\.0\.0\.1:1: \w/
    })
    await t.rejects(matrixCommand({ policy: 'mors' }, [story]), /no policy mors; did you mean morse\?/)
  }
)

const policyThat = (action: string) =>
  foreign(
    (_request, response) =>
      void response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ action, because: 'says the test' }))
  )

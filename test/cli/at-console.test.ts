import t from 'tap'
import { diffCommand } from '../../cli/actions/diff.ts'
import { matrixCommand } from '../../cli/actions/matrix.ts'
import { get } from '../service/http.ts'
import { freePortBase } from '../support/ports.ts'
import { services } from '../support/services.ts'

interface Diff {
  readonly decisive: number
  readonly decisions: readonly Readonly<Partial<Record<'left' | 'right', { readonly action: string }>>>[]
  readonly outcomes: unknown
}

void t.test('a matrix of runs on services is that of runs in process, and its machines are gone', async (t) => {
  const { urls } = await services(t)
  const asked = { policy: 'morse,sei', vmm: 'reference,kvmtool', format: 'csv' }
  const files = ['01-story', '02-counter-example']

  const there = await matrixCommand({ ...asked, url: urls.console }, files)
  const here = await matrixCommand(asked, files)

  t.equal(there.exitCode, 0)
  t.equal(there.output, here.output)
  t.match(there.output, /process killed/)
  t.same(await get(`${urls.hardware}/v1/machines`), { machines: ['m0'] })
})

void t.test('a diff of runs on services names the decision in which runs in process part too', async (t) => {
  const { urls } = await services(t)
  const asked = { policy: 'morse,sei', format: 'json' }
  // Ids are of the machine that a run had.
  const partedBy = (output: string) => {
    const { decisive, decisions, outcomes } = JSON.parse(output) as Diff
    return { decisive, actions: decisions.map(({ left, right }) => [left?.action, right?.action]), outcomes }
  }

  const there = await diffCommand({ ...asked, url: urls.console }, ['01-story'])
  const here = await diffCommand(asked, ['01-story'])

  t.equal(there.exitCode, 1)
  t.same(partedBy(there.output), partedBy(here.output))
  t.match(partedBy(there.output), { decisive: 1, actions: [[], ['inject-sea', 'inject-serror']] })
})

void t.test('without a console there both say so, and exit 3', async (t) => {
  const url = `http://127.0.0.1:${await freePortBase()}`
  const says = `${url} cannot be reached: connection refused`

  t.match(await matrixCommand({ url, policy: 'morse' }, ['01-story']), {
    exitCode: 3,
    errors: `seabus matrix: ${says}`
  })
  t.match(await diffCommand({ url, policy: 'morse,sei' }, ['01-story']), {
    exitCode: 3,
    errors: `seabus diff: ${says}`
  })
})

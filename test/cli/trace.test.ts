import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../../cli/actions/run.ts'
import { traceCommand } from '../../cli/actions/trace.ts'
import { bundlePage, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { readRun } from '../../cli/scenario/read-journal.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { elements, parsed } from '../drawing/parsed.ts'
import { freePortBase } from '../support/ports.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const SENTENCE = 'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on'

/** What other commands write of a run, as files. */
async function written(dir: string, name: string, format: string) {
  const file = join(dir, name)
  writeFileSync(file, (await runCommand({ format }, ['01-story'])).output)
  return file
}

void t.test('a run that run --format json wrote is told as run told it', async (t) => {
  const dir = t.testdir()
  const file = await written(dir, 'run.json', 'json')
  const { output, exitCode } = await traceCommand({}, [file])
  const told = await runCommand({}, ['01-story'])

  t.equal(exitCode, 0)
  t.equal(output, told.output.replace(/\nas expected$/, ''))
  t.match((await traceCommand({ all: true }, [file])).output, /armed, notification type 8/)
})

void t.test('it has every form that run has of one file, and its own JSON is such a file', async (t) => {
  if (!isUpToDate()) writePage(await bundlePage())
  const dir = t.testdir()
  const file = await written(dir, 'run.json', 'json')
  const as = async (format: string, from = file) => (await traceCommand({ format }, [from])).output
  const again = join(dir, 'again.json')
  writeFileSync(again, await as('json'))

  t.match(await as('mermaid'), /^---\ntitle: .*\n---\nsequenceDiagram/)
  t.match(elements(parsed(await as('svg')), 'title')[0]?.textContent, `: ${SENTENCE}`)
  t.same(readRun(again), readRun(file))
})

void t.test('the page with a run in it is such a file too, and a journal line by line', async (t) => {
  if (!isUpToDate()) writePage(await bundlePage())
  const dir = t.testdir()
  const page = await written(dir, 'run.html', 'html')
  const { journal } = readRun(page)
  const lines = join(dir, 'journal.ndjson')
  writeFileSync(lines, journal.map((entry) => `${JSON.stringify(entry)}\n`).join(''))

  for (const file of [page, lines]) t.match((await traceCommand({}, [file])).output, `\n${SENTENCE}\n`, file)
  t.match((await traceCommand({}, [page])).output, /^The guest is told by SEA/)
  t.match((await traceCommand({}, [lines])).output, /^machine m0\n/)
})

void t.test('a run that a console has kept is told by its address and by its id', async (t) => {
  const { urls } = await services(t)
  const { json } = await request(`${urls.console}/v1/runs`, { body: { story: 'morse' } })
  const { id } = json as { id: string }

  const told = await Promise.all([
    traceCommand({}, [`${urls.console}/v1/runs/${id}`]),
    traceCommand({}, [`${urls.console}/v1/runs/${id}/journal`]),
    traceCommand({}, [`${urls.console}/#/run/${id}`]),
    traceCommand({ url: urls.console }, [id])
  ])
  for (const { output, exitCode } of told) {
    t.equal(exitCode, 0)
    t.match(output, `\n${SENTENCE}\n`)
  }
  await t.rejects(traceCommand({ url: urls.console }, ['run-x']), {
    message: 'seabus: there is no run "run-x" (run-unknown)'
  })
})

void t.test('of a journal of several machines one is told, and a journal with a gap is not judged', async (t) => {
  const dir = t.testdir()
  const { journal } = readRun(await written(dir, 'run.json', 'json'))
  const file = (name: string, entries: readonly WireEntry[]) => {
    writeFileSync(join(dir, name), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    return join(dir, name)
  }
  const two = file('two.ndjson', [...journal, ...journal.map((entry) => ({ ...entry, machine: 'm1' }))])
  const [first] = journal
  const data = { after: 3, because: 'it was cut off' }
  const torn = file('torn.ndjson', [...journal, { ...(first as WireEntry), kind: 'gap', type: 'journal.gap', data }])

  await t.rejects(traceCommand({}, [two]), /has the machines m0, m1: --machine says which/)
  await t.rejects(traceCommand({ machine: 'm2' }, [two]), /there is no machine m2; did you mean m0\?/)
  t.match((await traceCommand({ machine: 'm1' }, [two])).output, SENTENCE)
  t.match(await traceCommand({}, [torn]), { exitCode: 1, errors: /how it ended cannot be told/ })
  await t.rejects(traceCommand({ format: 'svg' }, [torn]), /how it ended cannot be told/)
})

void t.test('what is no run is one line that says so', async (t) => {
  const dir = t.testdir({
    'notes.txt': '# A page',
    'report.json': '{ "id": "run-1", "report": {} }',
    'none.ndjson': ''
  })

  await t.rejects(traceCommand({}, [join(dir, 'notes.txt')]), /notes\.txt is no run and no journal$/)
  await t.rejects(traceCommand({}, [join(dir, 'none.ndjson')]), /is no run and no journal$/)
  await t.rejects(
    traceCommand({}, [join(dir, 'report.json')]),
    /and not its journal, which is at \/v1\/runs\/run-1\/journal$/
  )
  await t.rejects(traceCommand({}, ['http://127.0.0.1/v1/journal']), /is no address of a run/)
  const nobody = `http://127.0.0.1:${await freePortBase()}`
  t.match(await traceCommand({}, [`${nobody}/v1/runs/x`]), {
    exitCode: 3,
    errors: `seabus trace: ${nobody} cannot be reached: connection refused`
  })
})

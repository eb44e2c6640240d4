import { basename } from 'node:path'
import t from 'tap'
import { scenarioFiles, SHIPPED } from '../../cli/scenario/files.ts'
import { failureText } from '../../shared/scenario/report-text.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'

/** Names that people know from ras-tools' einj_mem_uc. */
const EINJ_MEM_UC =
  'single double split thp hugetlb store memcpy instr patrol thread share overflow llc copyin copyout copy-on-write ' +
  'futex mlock core-ce core-non-fatal core-fatal prefetch'

const files = scenarioFiles([SHIPPED])

for (const file of files) {
  void t.test(`${basename(file, '.yaml')} ends as it says, with messages that pass their schemas`, async (t) => {
    const read = readScenarioFile(file)
    if (!('scenario' in read)) return t.fail(`it has ${read.errors.length} mistakes`)

    const { failures } = await runInProcess(read.scenario, {}, { validate: true })

    t.same(failures.map(failureText), [])
  })
}

void t.test('every case of einj_mem_uc is there, natively and in a guest', (t) => {
  const names = new Set(files.map((file) => basename(file, '.yaml')))
  const wanted = EINJ_MEM_UC.split(' ').flatMap((name) => [`native-${name}`, `guest-${name}`])

  t.same(
    wanted.filter((name) => !names.has(name)),
    []
  )
  t.end()
})

void t.test('every scenario says where its expectation comes from, and expects something', (t) => {
  for (const file of files) {
    const read = readScenarioFile(file)
    const scenario = 'scenario' in read ? read.scenario : undefined
    t.ok(scenario?.source, file)
    t.ok(scenario?.expect?.cell ?? scenario?.expect?.events, file)
  }
  t.end()
})

void t.test('the same inputs give the same trace', async (t) => {
  const read = readScenarioFile(files[0] ?? '')
  if (!('scenario' in read)) return t.fail('it cannot be read')

  const [first, second] = [await runInProcess(read.scenario), await runInProcess(read.scenario)]

  t.strictSame(second.journal, first.journal)
})

import { join } from 'node:path'
import t from 'tap'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { atConsole } from '../../cli/scenario/at-console.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { services } from '../support/services.ts'

/** Ids end in numbers, which count: `.10` comes after `.9`. */
const natural = new Intl.Collator('en', { numeric: true })

/** What a trace says but for when, in an order of its own: two services' journals have no common one. */
function canonical(journal: readonly WireEntry[]): readonly unknown[] {
  return journal
    .map(({ kind, id, type, from, to, layer, cause, data }) => ({ id, kind, type, layer, from, to, cause, data }))
    .toSorted((a, b) => natural.compare(a.id, b.id) || natural.compare(a.kind, b.kind))
}

const FILES = [
  '01-story.yaml',
  '02-counter-example.yaml',
  '08-guest-kernel-consumes.yaml',
  '12-no-address-sea.yaml',
  '15-clean-page-cache.yaml',
  '17-reboot-after-poison.yaml',
  '18-migration-refused.yaml',
  '20-host-cannot-claim-sea-exit.yaml',
  'injectors/madvise-vmm-guest-page.yaml',
  'injectors/mce-kill-per-thread.yaml',
  'injectors/offline-files.yaml',
  'ras-tools/native-single.yaml',
  'ras-tools/guest-hugetlb.yaml'
]

for (const name of FILES) {
  void t.test(`${name} has the same verdict and trace against services as in process, but for times`, async (t) => {
    const read = readScenarioFile(join(SHIPPED, name))
    if (!('scenario' in read)) return t.fail('it cannot be read')
    const { system } = await services(t, { machines: [] })

    const inProcess = await runInProcess(read.scenario)
    const served = await runScenario(system, read.scenario, inProcess.machine)

    t.strictSame(canonical(served.journal), canonical(inProcess.journal))
    t.strictSame(served.outcome, inProcess.outcome)
    t.same(served.failures, [])
  })
}

void t.test('through the front door of the console a scenario ends as in process', async (t) => {
  const read = readScenarioFile(join(SHIPPED, '01-story.yaml'))
  if (!('scenario' in read)) return t.fail('it cannot be read')
  const { urls } = await services(t, { machines: [] })

  const { failures, journal } = await atConsole(urls.console, { newMachine: () => 'run-1' })(read.scenario, {})

  t.same(failures, [])
  t.ok(journal.length > 50)
})

import t from 'tap'
import { VMM_RULES } from '../../cli/conform/layers/vmm.ts'
import { VMM_MUTANTS } from './mutants/vmm.ts'
import { IMPATIENT_MS, PATIENT_MS, resultsOf } from './support.ts'

void t.test('our VMM keeps its contract', async (t) => {
  for (const { rule, broken, skipped } of await resultsOf(t, VMM_RULES, {}, { patienceMs: PATIENT_MS })) {
    t.strictSame([broken, skipped], [[], undefined], rule)
  }
})

for (const mutant of VMM_MUTANTS) {
  void t.test(`vmm: ${mutant.what}`, async (t) => {
    const results = await resultsOf(t, VMM_RULES, mutant, { patienceMs: IMPATIENT_MS, only: mutant.breaks })
    for (const { rule, broken } of results) t.not(broken.length, 0, rule)
    t.equal(results.length, mutant.breaks.length)
  })
}

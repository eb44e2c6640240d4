import t from 'tap'
import { GUEST_RULES } from '../../cli/conform/layers/guest.ts'
import { GUEST_MUTANTS } from './mutants/guest.ts'
import { IMPATIENT_MS, PATIENT_MS, resultsOf } from './support.ts'

void t.test('our guest keeps its contract', async (t) => {
  for (const { rule, broken, skipped } of await resultsOf(t, GUEST_RULES, {}, { patienceMs: PATIENT_MS })) {
    t.strictSame([broken, skipped], [[], undefined], rule)
  }
})

for (const mutant of GUEST_MUTANTS) {
  void t.test(`guest: ${mutant.what}`, async (t) => {
    const results = await resultsOf(t, GUEST_RULES, mutant, { patienceMs: IMPATIENT_MS, only: mutant.breaks })
    for (const { rule, broken } of results) t.not(broken.length, 0, rule)
    t.equal(results.length, mutant.breaks.length)
  })
}

import t from 'tap'
import { HARDWARE_RULES } from '../../cli/conform/layers/hardware.ts'
import { HARDWARE_MUTANTS } from './mutants/hardware.ts'
import { IMPATIENT_MS, PATIENT_MS, resultsOf } from './support.ts'

void t.test('our hardware keeps its contract', async (t) => {
  for (const { rule, broken, skipped } of await resultsOf(t, HARDWARE_RULES, {}, { patienceMs: PATIENT_MS })) {
    t.strictSame([broken, skipped], [[], undefined], rule)
  }
})

for (const mutant of HARDWARE_MUTANTS) {
  void t.test(`hardware: ${mutant.what}`, async (t) => {
    const results = await resultsOf(t, HARDWARE_RULES, mutant, { patienceMs: IMPATIENT_MS, only: mutant.breaks })
    for (const { rule, broken } of results) t.not(broken.length, 0, rule)
    t.equal(results.length, mutant.breaks.length)
  })
}

import t from 'tap'
import { FIRMWARE_RULES } from '../../cli/conform/layers/firmware.ts'
import { FIRMWARE_MUTANTS } from './mutants/firmware.ts'
import { IMPATIENT_MS, PATIENT_MS, resultsOf } from './support.ts'

void t.test('our firmware keeps its contract', async (t) => {
  for (const { rule, broken, skipped } of await resultsOf(t, FIRMWARE_RULES, {}, { patienceMs: PATIENT_MS })) {
    t.strictSame([broken, skipped], [[], undefined], rule)
  }
})

for (const mutant of FIRMWARE_MUTANTS) {
  void t.test(`firmware: ${mutant.what}`, async (t) => {
    const results = await resultsOf(t, FIRMWARE_RULES, mutant, { patienceMs: IMPATIENT_MS, only: mutant.breaks })
    for (const { rule, broken } of results) t.not(broken.length, 0, rule)
    t.equal(results.length, mutant.breaks.length)
  })
}

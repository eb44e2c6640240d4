import t from 'tap'
import { HOST_KERNEL_RULES } from '../../cli/conform/layers/host-kernel.ts'
import { HOST_KERNEL_MUTANTS } from './mutants/host-kernel.ts'
import { IMPATIENT_MS, PATIENT_MS, resultsOf } from './support.ts'

void t.test('our host kernel keeps its contract', async (t) => {
  for (const { rule, broken, skipped } of await resultsOf(t, HOST_KERNEL_RULES, {}, { patienceMs: PATIENT_MS })) {
    t.strictSame([broken, skipped], [[], undefined], rule)
  }
})

for (const mutant of HOST_KERNEL_MUTANTS) {
  void t.test(`host-kernel: ${mutant.what}`, async (t) => {
    const results = await resultsOf(t, HOST_KERNEL_RULES, mutant, { patienceMs: IMPATIENT_MS, only: mutant.breaks })
    for (const { rule, broken } of results) t.not(broken.length, 0, rule)
    t.equal(results.length, mutant.breaks.length)
  })
}

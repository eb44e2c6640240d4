import t from 'tap'
import { generalChecks } from '../../cli/conform/general.ts'
import { RULES_OF } from '../../cli/conform/rules.ts'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { FIRMWARE_MUTANTS } from './mutants/firmware.ts'
import { GUEST_MUTANTS } from './mutants/guest.ts'
import { HARDWARE_MUTANTS } from './mutants/hardware.ts'
import { HOST_KERNEL_MUTANTS } from './mutants/host-kernel.ts'
import { VMM_MUTANTS } from './mutants/vmm.ts'
import type { Mutant } from './support.ts'

const MUTANTS: Readonly<Partial<Record<ModelledLayer, readonly Mutant[]>>> = {
  firmware: FIRMWARE_MUTANTS,
  hardware: HARDWARE_MUTANTS,
  guest: GUEST_MUTANTS,
  'host-kernel': HOST_KERNEL_MUTANTS,
  vmm: VMM_MUTANTS
}

for (const [layer, mutants] of Object.entries(MUTANTS)) {
  void t.test(`every rule of ${layer} finds a fault`, async (t) => {
    const of = RULES_OF[layer as ModelledLayer]
    if (of === undefined) throw new Error(`${layer} has no rules`)
    const broken = new Set(mutants.flatMap(({ breaks }) => breaks))
    const rules = [...generalChecks(ACCEPTS[of.layer], of.effective), ...of.checks].map(({ name }) => name)

    t.strictSame(
      rules.filter((rule) => !broken.has(rule)),
      [],
      'rules that no mutant breaks'
    )
    t.strictSame(
      [...broken].filter((rule) => !rules.includes(rule)),
      [],
      'rules that there are not'
    )
    t.ok(mutants.length >= 10)
  })
}

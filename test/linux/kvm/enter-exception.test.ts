import t from 'tap'
import * as fc from 'fast-check'
import { enterException, exceptionPstate, exceptionVector } from '../../../shared/linux/kvm/enter-exception.ts'
import { createVcpu, SCTLR_EL1_RESET } from '../../../shared/linux/kvm/vcpu.ts'

void t.test('the vector says where the exception came from and what it is', async (t) => {
  const rows = [
    [0x3c4n, 0x000, 0x180],
    [0x3c5n, 0x200, 0x380],
    [0x000n, 0x400, 0x580],
    [0x010n, 0x600, 0x780],
    [0x600002c5n, 0x200, 0x380]
  ] as const
  for (const [pstate, sync, serror] of rows) {
    t.equal(exceptionVector(pstate, 'except_type_sync'), sync, `synchronous from 0x${pstate.toString(16)}`)
    t.equal(exceptionVector(pstate, 'except_type_serror'), serror, `SError from 0x${pstate.toString(16)}`)
  }
})

void t.test(
  'PSTATE: flags, DIT and PAN stay, DAIF is set, SPAN=0 sets PAN, DSSBS sets SSBS, the rest is cleared',
  async (t) => {
    const SPAN = 1n << 23n
    const DSSBS = 1n << 44n
    const rows = [
      [0x600002c5n, SCTLR_EL1_RESET, 0x600003c5n],
      [0xf0000000n, SCTLR_EL1_RESET, 0xf00003c5n],
      [0x01400000n, SCTLR_EL1_RESET, 0x014003c5n],
      [0x00000000n, SCTLR_EL1_RESET & ~SPAN, 0x004003c5n],
      [0x00001000n, SCTLR_EL1_RESET, 0x000003c5n],
      [0x00000000n, SCTLR_EL1_RESET | DSSBS, 0x000013c5n],
      [0x00b00c00n, SCTLR_EL1_RESET, 0x000003c5n]
    ] as const
    for (const [old, sctlr, expected] of rows) {
      t.equal(exceptionPstate(old, sctlr), expected, `0x${old.toString(16)} with SCTLR 0x${sctlr.toString(16)}`)
    }
  }
)

void t.test('whatever was interrupted, ELR and SPSR hold it and everything is masked', async (t) => {
  const word = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n })
  fc.assert(
    fc.property(word, word, (pc, pstate) => {
      const next = enterException({ ...createVcpu(0, 1), pc, pstate, vbar_el1: 0x8000_0000n }, 'except_type_sync')

      t.equal(next.elr_el1, pc)
      t.equal(next.spsr_el1, pstate)
      t.equal(next.pstate & 0x3dfn, 0x3c5n)
    }),
    { numRuns: 50 }
  )
})

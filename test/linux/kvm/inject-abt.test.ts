import t from 'tap'
import { encodeDataAbort } from '../../../shared/formats/esr-abort.ts'
import { injectDabt, injectPabt, injectSizeFault } from '../../../shared/linux/kvm/inject-abt.ts'
import { setVcpuEvents } from '../../../shared/linux/kvm/vcpu-events.ts'
import { vcpuRun } from '../../../shared/linux/kvm/vcpu-run.ts'
import { kvmHost } from './host.ts'

const EL1H = 0x2c5n
const EL0T = 0x0n
const WITH_IL = encodeDataAbort({ lowerEl: true, fsc: 0x07 })
const WITHOUT_IL = encodeDataAbort({ lowerEl: true, fsc: 0x07, il: false })

void t.test(
  'A33: ext_dabt at EL1 with IL=1 gives 0xffffffff96000010, FAR of the last abort, PC at the next run',
  async (t) => {
    const { k, vm, vcpu } = kvmHost()
    const pc = 0x8000_08e8n
    const running = { ...vcpu, pc, pstate: EL1H, vbar_el1: 0x8000_0000n, esr_el2: WITH_IL, far_el2: 0x9000_1020n }

    const { vcpu: set } = setVcpuEvents(k, running, {
      serrorPending: 0,
      serrorHasEsr: 0,
      extDabtPending: 1,
      serrorEsr: 0n
    })
    const run = vcpuRun(k, vm, set)

    t.match(set, { pc, esr_el1: 0xffff_ffff_9600_0010n, far_el1: 0x9000_1020n })
    t.match(run, {
      kind: 'enter',
      entry: {
        pc: 0x8000_0200n,
        pstate: 0x3c5n,
        exception: {
          vector: 0x200,
          esr_el1: 0xffff_ffff_9600_0010n,
          far_el1: 0x9000_1020n,
          elr_el1: pc,
          spsr_el1: EL1H
        }
      }
    })
  }
)

void t.test('what is injected, by version, exception level and IL of the last exit', async (t) => {
  const rows = [
    ['6.1', EL1H, WITH_IL, 0xffff_ffff_9600_0010n, 0xffff_ffff_8600_0010n],
    ['6.1', EL0T, WITH_IL, 0xffff_ffff_9200_0010n, 0xffff_ffff_8200_0010n],
    ['6.1', EL1H, WITHOUT_IL, 0xffff_ffff_9400_0010n, 0xffff_ffff_8400_0010n],
    ['6.1', EL0T, WITHOUT_IL, 0xffff_ffff_9000_0010n, 0xffff_ffff_8000_0010n],
    ['6.1', 0x10n, WITH_IL, 0xffff_ffff_9200_0010n, 0xffff_ffff_8200_0010n],
    ['6.12', EL1H, WITH_IL, 0x9600_0010n, 0x8600_0010n],
    ['6.12', EL1H, WITHOUT_IL, 0x9400_0010n, 0x8400_0010n],
    ['7.3', EL1H, WITHOUT_IL, 0x9600_0010n, 0x8600_0010n],
    ['7.3', EL0T, WITH_IL, 0x9200_0010n, 0x8200_0010n]
  ] as const
  for (const [version, pstate, esr_el2, data, instruction] of rows) {
    const { k, vcpu } = kvmHost({ version })
    const at = { ...vcpu, pstate, esr_el2 }

    const name = `${version} pstate 0x${pstate.toString(16)} ESR_EL2 0x${esr_el2.toString(16)}`
    t.equal(injectDabt(k, at, 0n).esr_el1, data, `data abort, ${name}`)
    t.equal(injectPabt(k, at, 0n).esr_el1, instruction, `instruction abort, ${name}`)
  }
})

void t.test(
  'an abort with S1PTW is FSC 0x10 until 7.3 names the level, or injects nothing when it does not find it',
  async (t) => {
    const esr_el2 = encodeDataAbort({ lowerEl: true, fsc: 0x07, s1ptw: true })
    const old = kvmHost({ version: '6.12' })
    const young = kvmHost({ version: '7.3' })
    const vcpu = { ...young.vcpu, pstate: EL1H, esr_el2 }

    t.equal(injectDabt(old.k, { ...old.vcpu, pstate: EL1H, esr_el2 }, 0n, 2).esr_el1, 0x9600_0010n)
    t.equal(injectDabt(young.k, vcpu, 0n, 2).esr_el1, 0x9600_0016n)
    t.equal(injectDabt(young.k, vcpu, 0n), vcpu, 'the access is tried again')
  }
)

void t.test('a size fault is an abort with FSC 0', async (t) => {
  const { k, vcpu } = kvmHost({ version: '6.12' })

  const next = injectSizeFault(k, { ...vcpu, pstate: EL1H, esr_el2: WITH_IL }, false, 0x1234n)

  t.match(next, { esr_el1: 0x9600_0000n, far_el1: 0x1234n, pendingException: 'EXCEPT_AA64_EL1_SYNC' })
})

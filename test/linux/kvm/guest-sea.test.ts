import t from 'tap'
import { readFileSync } from 'node:fs'
import { handleGuestAbort } from '../../../shared/linux/kvm/guest-abort.ts'
import { KVM_EXIT_ARM_SEA } from '../../../shared/linux/kvm/exit.ts'
import { dataAbort, instructionAbort, IPA, kvmHost, OFFSET, PA, PAGE, VCPU_TID, type HostChange } from './host.ts'

const SEA_SOURCE = 0

/** The record of a recording, with our page in it. */
function record(): Uint8Array {
  const file = new URL('../../fixtures/real-kernel/6.1/badram-kvm-sea-anon.json', import.meta.url)
  const { input } = JSON.parse(readFileSync(file, 'utf8')) as { input: { cper: string } }
  const block = Uint8Array.from(input.cper.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  const PHYSICAL_ADDRESS = 20 + 72 + 16
  new DataView(block.buffer).setBigUint64(PHYSICAL_ADDRESS, PA + PAGE, true)
  return block
}

/** An external abort: HPFAR says nothing. */
const sea = (fields: Parameters<typeof dataAbort>[1] = {}) => {
  const { esr, far } = dataAbort(IPA + OFFSET, { fsc: 0x10, ...fields })
  return { esr, far }
}

void t.test('A37: a guest SEA that nobody claims becomes a vSError, and the guest gets 0xbf000000', async (t) => {
  for (const fsc of [0x10, 0x14, 0x17, 0x18, 0x1c, 0x1f]) {
    const { k, vm, vcpu } = kvmHost()

    const { next, outcome } = handleGuestAbort(k, vm, vcpu, sea({ fsc }))

    t.strictSame(outcome, { kind: 'resume' }, `FSC 0x${fsc.toString(16)}`)
    t.match(next, { vse: true, vsesr_el2: 0x100_0000n, pendingException: undefined, pc: vcpu.pc })
  }
})

void t.test('level -1 walks are external aborts only where the version knows them', async (t) => {
  const old = kvmHost({ version: '6.1' })
  const young = kvmHost({ version: '6.12' })

  t.match(handleGuestAbort(old.k, old.vm, old.vcpu, sea({ fsc: 0x13 })).outcome, { exit: { ret: -1, errno: 14 } })
  t.match(handleGuestAbort(young.k, young.vm, young.vcpu, sea({ fsc: 0x13 })), {
    next: { vse: true },
    outcome: { kind: 'resume' }
  })
})

void t.test('claimed, nothing is injected: the kworker was first, so a late-kill VMM has no signal', async (t) => {
  const host = kvmHost({ options: { syncWinner: 'kworker' } })
  host.put(SEA_SOURCE, record())

  const { next, outcome } = handleGuestAbort(host.k, host.vm, host.vcpu, sea())
  const again = handleGuestAbort(host.k, host.vm, next, dataAbort(IPA + OFFSET))

  t.strictSame([outcome, next.vse], [{ kind: 'resume' }, false])
  t.strictSame(host.state(SEA_SOURCE), { block_status: '0x0', read_ack: '0x1' })
  t.match(host.signals, [{ tid: VCPU_TID, forced: false, info: { code: 4 }, origin: 'kvm_send_hwpoison_signal' }])
  t.match(again.outcome, { kind: 'exit', exit: { ret: -1, errno: 4, exitReason: 10 } })
})

void t.test('claimed, and the vCPU thread did the work: AR from memory_failure ends KVM_RUN', async (t) => {
  const changes: HostChange[] = [{ options: { syncWinner: 'task' } }, { version: '7.3' }]
  for (const change of changes) {
    const host = kvmHost(change)
    host.put(SEA_SOURCE, record())

    const { next, outcome } = handleGuestAbort(host.k, host.vm, host.vcpu, sea())

    t.match(outcome, { kind: 'exit', exit: { ret: -1, errno: 4, exitReason: 10 } })
    t.match(host.signals, [{ tid: VCPU_TID, forced: true, info: { code: 4 } }])
    t.equal(next.vse, false)
  }
})

void t.test('7.3 with KVM_CAP_ARM_SEA_TO_USER leaves an unclaimed SEA to the VMM and changes nothing', async (t) => {
  const { k, vm, vcpu } = kvmHost({ version: '7.3', vm: { caps: { nisvToUser: false, seaToUser: true } } })

  const { next, outcome } = handleGuestAbort(k, vm, vcpu, {
    ...sea({ set: 3, wnr: true }),
    guestPhysical: IPA + OFFSET
  })

  t.match(outcome, { kind: 'exit', exit: { ret: 0, errno: 0, exitReason: KVM_EXIT_ARM_SEA } })
  t.strictSame(outcome.kind === 'exit' && outcome.exit.armSea, {
    flags: 1n,
    esr: 0x9200_1850n,
    gva: IPA + OFFSET,
    gpa: IPA + PAGE
  })
  t.match(next, { vse: false, pendingException: undefined, pc: vcpu.pc, exitReason: KVM_EXIT_ARM_SEA })
})

void t.test('what is not valid is not told: FnV leaves out gva, an unwritten HPFAR gpa', async (t) => {
  const { k, vm, vcpu } = kvmHost({ version: '7.3', vm: { caps: { nisvToUser: false, seaToUser: true } } })

  const data = handleGuestAbort(k, vm, vcpu, sea({ fnv: true })).outcome
  const fetch = handleGuestAbort(k, vm, vcpu, { esr: instructionAbort(0n, 0x10).esr, far: 0x1000n }).outcome

  t.match(data, { exit: { armSea: { flags: 0n, gva: 0n, gpa: 0n, esr: 0x9200_0410n } } })
  t.match(fetch, { exit: { armSea: { flags: 0n, gva: 0x1000n, esr: 0x8200_0010n } } })
})

void t.test("an abort that is the host's own is not the VMM's to decide: vSError as ever", async (t) => {
  const caps = { nisvToUser: false, seaToUser: true }
  const stage2Table = kvmHost({ version: '7.3', vm: { caps } })
  const noRas = kvmHost({ version: '7.3', vm: { caps }, options: { ras: false } })
  const stage1Table = kvmHost({ version: '7.3', vm: { caps } })

  const run = ({ k, vm, vcpu }: typeof noRas, fields: Parameters<typeof sea>[0]) =>
    handleGuestAbort(k, vm, vcpu, sea(fields))

  t.match(run(stage2Table, { fsc: 0x15, s1ptw: true }), { outcome: { kind: 'resume' }, next: { vse: true } })
  t.match(run(noRas, {}), { outcome: { kind: 'resume' }, next: { vse: true } })
  t.match(run(stage1Table, { fsc: 0x15 }), { outcome: { kind: 'exit' }, next: { vse: false } })
})

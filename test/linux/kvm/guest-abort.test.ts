import t from 'tap'
import { EFAULT } from '../../../shared/linux/kernel/errno.ts'
import { KVM_EXIT_INTR, KVM_EXIT_MMIO } from '../../../shared/linux/kvm/exit.ts'
import { handleGuestAbort } from '../../../shared/linux/kvm/guest-abort.ts'
import { dataAbort, HVA, instructionAbort, IPA, kvmHost, OFFSET, PA, PAGE, PID, poison, VCPU_TID } from './host.ts'

const NOWHERE = 0x2000_0010n

void t.test('memory that is there is mapped, read-only until it is written', async (t) => {
  const { k, vm, vcpu, signals } = kvmHost()

  const read = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET)).outcome
  const write = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET, { fsc: 0x0f, wnr: true })).outcome

  const map = { guestPhysical: IPA + PAGE, hostPhysical: PA + PAGE, length: 0x1000n }
  t.strictSame(read, { kind: 'resume', map: { ...map, writable: false } })
  t.strictSame(write, { kind: 'resume', map: { ...map, writable: true } })
  t.strictSame(signals, [])
})

void t.test('a poisoned page is AR to the vCPU thread, not forced, at the page; EINTR, and PC stays', async (t) => {
  for (const abort of [
    dataAbort(IPA + OFFSET),
    dataAbort(IPA + OFFSET, { wnr: true }),
    instructionAbort(IPA + OFFSET)
  ]) {
    const { k, vm, vcpu, signals } = kvmHost()
    poison(k)

    const { next, outcome } = handleGuestAbort(k, vm, vcpu, abort)

    t.strictSame(outcome, { kind: 'exit', exit: { ret: -1, errno: 4, exitReason: KVM_EXIT_INTR } })
    t.strictSame(signals, [
      {
        pid: PID,
        tid: VCPU_TID,
        info: { signo: 7, code: 4, address: HVA + PAGE, addressLsb: 12 },
        forced: false,
        effect: 'handler',
        origin: 'kvm_send_hwpoison_signal'
      }
    ])
    t.match(next, { pc: vcpu.pc, pendingException: undefined, far_el2: IPA + OFFSET, esr_el2: abort.esr })
  }
})

void t.test(
  'A30: with SIGBUS blocked in the vCPU thread KVM_RUN does not return; nor when it is ignored',
  async (t) => {
    const blocked = kvmHost({ sigbus: { action: 'handler', blocked: true } })
    const ignored = kvmHost({ sigbus: { action: 'ignore', blocked: false } })
    for (const [{ k, vm, vcpu, signals }, effects] of [
      [blocked, ['pending', 'lost']],
      [ignored, ['ignored', 'ignored']]
    ] as const) {
      poison(k)

      const first = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET))
      const second = handleGuestAbort(k, vm, first.next, dataAbort(IPA + OFFSET))

      t.strictSame([first.outcome.kind, second.outcome.kind], ['stuck', 'stuck'])
      t.strictSame(
        signals.map(({ effect }) => effect),
        effects
      )
    }
  }
)

void t.test('A38: a 2 MiB hugetlb page reports lsb 21, and 12 while dirty logging is on', async (t) => {
  for (const [dirtyLogging, readOnly, lsb] of [
    [false, false, 21],
    [true, false, 12],
    [true, true, 21]
  ] as const) {
    const { k, vm, vcpu, signals } = kvmHost({ vma: { backing: 'hugetlb-2m' }, slot: { dirtyLogging, readOnly } })
    poison(k)

    handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET))

    t.match(signals, [{ info: { address: HVA + PAGE, addressLsb: lsb } }], `logging ${dirtyLogging}, ro ${readOnly}`)
  }
})

void t.test('device memory never gives AR, whatever became of the frame', async (t) => {
  const { k, vm, vcpu, signals } = kvmHost({ vma: { backing: 'pfnmap' } })
  poison(k)

  const { outcome } = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET))

  t.strictSame([outcome.kind, signals], ['resume', []])
})

void t.test('a slot without a mapping behind it makes KVM_RUN fail with EFAULT, without a signal', async (t) => {
  const { k, vm, vcpu, signals } = kvmHost({ vma: { length: 0x1000n } })

  const { outcome } = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET))

  t.match(outcome, { kind: 'exit', exit: { ret: -1, errno: EFAULT, exitReason: 0 } })
  t.strictSame(signals, [])
})

void t.test('an access flag fault is settled without a look at the page', async (t) => {
  const { k, vm, vcpu, signals } = kvmHost()
  poison(k)

  t.strictSame(handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET, { fsc: 0x0b })).outcome, { kind: 'resume' })
  t.strictSame(signals, [])
})

void t.test('a fault KVM has no handler for ends KVM_RUN with EFAULT', async (t) => {
  for (const fsc of [0x00, 0x11, 0x21, 0x30]) {
    const { k, vm, vcpu } = kvmHost()

    const { outcome } = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET, { fsc }))

    t.match(outcome, { exit: { ret: -1, errno: EFAULT } }, `FSC 0x${fsc.toString(16)}`)
  }
})

void t.test('a read that stage 2 does not permit is one KVM does not expect', async (t) => {
  const { k, vm, vcpu, lines } = kvmHost()

  const { outcome } = handleGuestAbort(k, vm, vcpu, dataAbort(IPA + OFFSET, { fsc: 0x0f }))

  t.match(outcome, { exit: { errno: EFAULT } })
  t.match(lines(), [/Unexpected L2 read permission error/])
})

void t.test('an access where no memory is goes to the VMM as MMIO; so does a write to a read-only slot', async (t) => {
  const { k, vm, vcpu } = kvmHost({ slot: { readOnly: true } })
  const x = vcpu.x.with(4, 0x1122_3344_5566_7788n)
  const access = { sas: 2, sse: false, srt: 4, sf: false, ar: false }

  const read = handleGuestAbort(k, vm, vcpu, dataAbort(NOWHERE)).outcome
  const write = handleGuestAbort(k, vm, { ...vcpu, x }, dataAbort(IPA + 4n, { fsc: 0x0f, wnr: true, access })).outcome

  const exit = { ret: 0, errno: 0, exitReason: KVM_EXIT_MMIO }
  t.match(read, { exit: { ...exit, mmio: { guestPhysical: NOWHERE, length: 8, isWrite: false } } })
  t.match(write, { exit: { ...exit, mmio: { guestPhysical: IPA + 4n, length: 4, isWrite: true, data: 0x5566_7788n } } })
})

void t.test('without a syndrome the VMM is asked if it volunteered; if not, KVM_RUN fails with ENOSYS', async (t) => {
  const { k, vm, vcpu, lines } = kvmHost()
  const young = kvmHost({ version: '6.12' })
  const abort = { ...dataAbort(NOWHERE), esr: 0x9200_0145n }

  const refused = handleGuestAbort(k, vm, vcpu, abort).outcome
  const asked = handleGuestAbort(k, { ...vm, caps: { nisvToUser: true, seaToUser: false } }, vcpu, {
    ...abort,
    esr: 0x9200_0045n
  }).outcome

  t.strictSame(handleGuestAbort(k, vm, vcpu, { ...abort, esr: 0x9200_0005n }).outcome, {
    kind: 'exit',
    exit: { ret: -1, errno: 38, exitReason: 0 }
  })
  t.match(lines(), [`kvm [${PID}]: Data abort outside memslots with no valid syndrome info`])
  handleGuestAbort(young.k, young.vm, young.vcpu, { ...abort, esr: 0x9200_0005n })
  t.strictSame(young.lines(), [], 'later versions say nothing')
  t.strictSame(refused, { kind: 'resume' }, 'cache maintenance is stepped over')
  t.match(asked, { exit: { ret: 0, exitReason: 28, armNisv: { esrIss: 0x45n, faultIpa: NOWHERE } } })
})

void t.test("code or page tables where no memory is are the guest's own fault", async (t) => {
  const { k, vm, vcpu } = kvmHost({ version: '6.12' })

  const fetch = handleGuestAbort(k, vm, vcpu, instructionAbort(NOWHERE))
  const walk = handleGuestAbort(k, vm, vcpu, { ...dataAbort(NOWHERE, { s1ptw: true }), far: 0xffff_0000n })

  t.match(fetch, { outcome: { kind: 'resume' }, next: { esr_el1: 0x8600_0010n, far_el1: NOWHERE } })
  t.match(walk, { outcome: { kind: 'resume' }, next: { esr_el1: 0x9600_0010n, far_el1: 0xffff_0000n } })
})

void t.test("an IPA beyond the VM's space is an abort, beyond the machine's a size fault", async (t) => {
  const { k, vm, vcpu } = kvmHost({ version: '6.12' })

  const vmLimit = handleGuestAbort(k, vm, vcpu, dataAbort((1n << 40n) + 0x123n))
  const fetch = handleGuestAbort(k, vm, vcpu, instructionAbort(1n << 40n))
  const machineLimit = handleGuestAbort(k, { ...vm, ipaLimitBits: 40 }, vcpu, dataAbort((1n << 40n) + 0x123n))

  t.match(vmLimit.next, { esr_el1: 0x9600_0010n, far_el1: (1n << 40n) + 0x123n })
  t.match(fetch.next, { esr_el1: 0x8600_0010n })
  t.match(machineLimit.next, { esr_el1: 0x9600_0000n, far_el1: (1n << 40n) + 0x123n })
})

void t.test('what is not an abort cannot be handled as one', async (t) => {
  const { k, vm, vcpu } = kvmHost()

  t.throws(() => handleGuestAbort(k, vm, vcpu, { esr: 0x5a00_0000n }), /not that of an abort/)
})

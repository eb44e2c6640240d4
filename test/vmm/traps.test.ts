import t from 'tap'
import { apeiNotify } from '../../shared/contracts/host-kernel.ts'
import { exceptionTakeEl3, memoryWrite } from '../../shared/contracts/firmware.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import { decodeErrorStatusBlock, decodeErrorStatusHeader } from '../../shared/formats/error-status-block.ts'
import { decodeHest, isGhes } from '../../shared/formats/hest.ts'
import { decodeMemorySection } from '../../shared/formats/memory-section.ts'
import type { FirmwareState } from '../../services/firmware/state.ts'
import { qemuMemoryErrorRecord } from '../../services/vmm/telling/memory-error-record.ts'
import type { Waiting } from '../../shared/model/procedure.ts'
import { PAGE_OF, scene, type Scene } from './scene.ts'
import { ar, BLOB, eintr, HEST, HVA, sends, withVm } from './runner.ts'

/**
 * What a model of arm64 VMMs and firmware gets wrong at first, numbered.
 *
 * 1 to 10: QEMU 10.0, 10.2 and 11.0, target/arm/kvm.c, kvm_arch_on_sigbus_vcpu; system/cpus.c, qemu_init_sigbus;
 * hw/acpi/ghes.c, ghes_record_cper_errors and acpi_build_hest. 11: Linux 6.1, drivers/acpi/apei/ghes.c, ghes_probe and
 * ghes_notify_hed. 12: Linux 6.1, mm/memory-failure.c, kill_proc. 13: TF-A 2.12, bl31/aarch64/ea_delegate.S.
 * 14: TF-A 2.12, services/std_svc/sdei/sdei_intr_mgmt.c, sdei_dispatch_event.
 */

const codes = (s: Scene) => s.messages('signal.deliver').map((data) => data['codeName'])
const ACK = BLOB + 16n
const BLOCK = BLOB + 32n
/** A memory error that firmware could have written. */
const RECORD = qemuMemoryErrorRecord(0x4800_0000n)
const asQemu = () => ({ action: 'inject-sea', record: true, because: 'as QEMU' })

void t.test('trap 1: AO never reaches a QEMU arm64 guest', async (t) => {
  for (const profile of ['qemu-10.0', 'qemu-10.2', 'qemu-11.0']) {
    const s = scene({ vm: { profile } })

    s.poison(PAGE_OF.redis)
    s.bus.advance(5e9)

    t.same(codes(s), ['BUS_MCEERR_AO'], profile)
    t.same([s.notes('record.written'), s.notes('guest.flow'), s.messages('kvm.irq-line')], [[], [], []], profile)
  }
})

void t.test('trap 2: SIGBUS needs opt-in for AO, and of the shipped VMMs only QEMU opts in', async (t) => {
  for (const profile of Object.keys(PROFILES) as ProfileName[]) {
    const s = scene({ vm: { profile } })

    s.poison(PAGE_OF.redis)

    const optedIn = profile.startsWith('qemu') || profile === 'reference'
    t.same(codes(s), optedIn ? ['BUS_MCEERR_AO'] : [], profile)
    t.equal(s.vm().run, 'running', profile)
  }
})

void t.test('trap 3: one un-acked record turns the next AR into the death of the VMM, not a queue', async (t) => {
  for (const [profile, end] of [
    ['qemu-10.0', { signal: 6 }],
    ['qemu-10.2', { signal: 6 }],
    ['qemu-11.0', { code: 1 }]
  ] as const) {
    const runner = withVm({ policy: asQemu }, { profile, vcpus: 2 })
    runner.post('signal.deliver', ar(HVA + 0x1000n))
    runner.post('kvm.exit', eintr())

    runner.post('signal.deliver', ar(HVA + 0x2000n, { tid: 4244 }))
    const effects = runner.post('kvm.exit', eintr({ vcpu: 1 }))

    t.equal(runner.vm().run, 'killed', profile)
    t.match(sends(effects, 'process.exit')[0]?.data, { pid: 4242, ...end }, profile)
    t.equal(runner.vm().counters.recordsWritten, 1, profile)
  }
})

void t.test(
  'trap 4: a kernel-mode SEA never acks, so one guest oops that does not panic is enough for trap 3',
  async (t) => {
    const s = scene({ vm: { profile: 'qemu-10.2' } })
    s.poison(PAGE_OF.redis)
    s.poison(PAGE_OF.nginx)

    s.touch('redis', { via: 'syscall' })
    const survived = [s.vm().run, s.notes('guest.access').at(-1)?.['outcome']]
    s.touch('nginx')

    t.same(survived, ['running', 'oops'])
    t.match([s.vm().run, s.end()], ['killed', 'signal 6'])
  }
)

void t.test(
  'trap 5: QEMU clears the ack before it writes data; in between a poller sees ack 0 with stale data',
  async (t) => {
    const writes: (readonly [bigint, boolean, number])[] = []
    const runner = withVm({ policy: asQemu }, { profile: 'qemu-10.2' })
    runner.post('signal.deliver', ar(HVA + 0x1000n))

    const effects = runner.post('kvm.exit', eintr())

    for (const { data } of sends(effects, 'memory.write')) {
      const { guestPhysical, bytes } = data as { guestPhysical: bigint; bytes: Uint8Array }
      writes.push([guestPhysical, bytes.every((byte) => byte === 0), bytes.length])
    }
    t.same(writes, [
      [ACK, true, 8],
      [BLOCK, false, 172]
    ])
  }
)

void t.test(
  'trap 6: from 10.2 on GHES is present only once guest firmware has run; before, once it is configured',
  async (t) => {
    const cases = [
      ['qemu-10.0', false, 'signal 6'],
      ['qemu-10.2', false, 'exit 1'],
      ['qemu-11.0', false, 'exit 1'],
      ['qemu-10.2', true, undefined]
    ] as const
    for (const [profile, firmware, end] of cases) {
      const runner = withVm({ policy: asQemu }, { profile, guest: { firmware: false } })
      if (firmware) runner.post('fw-cfg.write', { vm: 'vm0' })

      runner.post('signal.deliver', ar(HVA + 0x1000n))
      if (firmware) runner.post('kvm.exit', eintr())

      const exit = sends(runner.effects, 'process.exit')[0]?.data as { signal?: number; code?: number } | undefined
      const ended = exit?.signal === undefined ? exit && `exit ${exit.code}` : `signal ${exit.signal}`
      t.equal(ended, end, `${profile}, firmware ${firmware ? 'has run' : 'has not run'}`)
    }
  }
)

const CPER = Buffer.from(new Uint8Array([1, 0, 0, 0, ...new Array<number>(16).fill(0)])).toString('base64')

void t.test('trap 7: QMP injection succeeds while doing nothing', async (t) => {
  const s = scene({ vm: { profile: 'qemu-10.2', guest: { firmware: false } } })

  const reply = s.ask('vm.inject-error', { cper: CPER })

  t.same(reply, { return: {} })
  t.same([s.notes('record.written'), s.messages('kvm.irq-line')], [[], []])
  t.equal(s.notes('qmp.nothing-done').length, 1)
})

void t.test(
  'trap 7: with an old machine type QMP injection poisons the SEA source, and the next real AR is the end',
  async (t) => {
    const s = scene({ vm: { profile: 'qemu-10.2', machineType: 'virt-10.1' } })
    s.poison(PAGE_OF.redis)

    const reply = s.ask('vm.inject-error', { cper: CPER })
    s.bus.advance(5e9)
    const interrupted = s.notes('guest.flow')
    s.touch('redis')

    t.same(reply, { return: {} })
    t.match(interrupted, [{ flow: 'IRQ' }], 'the GED says look, and no source that Linux looks at is there')
    t.match(s.notes('record.written'), [{ block: BLOB + 16n }], 'the block of the only source: SEA')
    t.match([s.vm().run, s.end()], ['killed', 'signal 6'])
  }
)

void t.test('trap 8: the injected abort is always a data abort with FAR not valid, also for a fetch', async (t) => {
  for (const access of ['load', 'store', 'fetch']) {
    const s = scene({ vm: { profile: 'qemu-10.2' } })
    s.poison(PAGE_OF.redis)

    s.touch('redis', { access })

    const entered = s.messages('vcpu.enter').findLast(({ exception }) => exception !== undefined)
    t.match(entered, { exception: { vector: 0x400, esr_el1: 0x9200_0410n, elr_el1: 0x40_0c10n, spsr_el1: 0n } }, access)
  }
  const kernel = scene({ vm: { profile: 'qemu-10.2' } })
  kernel.poison(PAGE_OF.redis)

  kernel.touch('redis', { via: 'syscall' })

  t.match(kernel.messages('vcpu.enter').at(-1), { exception: { vector: 0x200, esr_el1: 0x9600_0410n } })
})

void t.test('trap 9: the entry count may be 0 with one valid entry; Data Length says how many there are', async (t) => {
  const runner = withVm({ policy: asQemu }, { profile: 'qemu-10.2' })
  runner.post('signal.deliver', ar(HVA + 0x1000n))
  runner.post('kvm.exit', eintr())
  const s = scene({ vm: { profile: 'qemu-10.2' } })
  s.poison(PAGE_OF.redis)

  s.touch('redis')

  const bytes = runner.peek(BLOCK, 1024)
  t.match(decodeErrorStatusHeader(bytes), { blockStatus: 1, rawDataLength: 0, dataLength: 152 })
  t.equal(decodeErrorStatusBlock(bytes).entries.length, 1)
  t.match(s.outcome(), { guest: 'running', tasks: { redis: 'killed' }, poisonedPages: { guest: 1 } }, 'Linux reads it')
})

void t.test('trap 10: the Error Status Address points at a pointer', async (t) => {
  const runner = withVm({}, { profile: 'qemu-10.2' })

  const [sea] = decodeHest(runner.peek(HEST, 224)).sources.filter(isGhes)
  const cell = sea?.errorStatusAddress.address ?? 0n

  t.equal(cell, BLOB)
  t.equal(new DataView(runner.peek(cell, 8).buffer).getBigUint64(0, true), BLOCK)
})

void t.test('trap 11: SEI as a GHES source is dead on Linux', async (t) => {
  const s = scene()
  const refused = s.notes('host.printk').filter(({ text }) => String(text).includes('Unknown notification type: 9'))

  s.bus.post('m0', apeiNotify, { source: 5, notify: 'SEI' })
  s.bus.settle()

  t.equal(refused.length, 1)
  t.match(s.notes('host.source-refused'), [{ source: 5, notify: 'SEI' }])
})

void t.test(
  "trap 11: GSIV's vector is ignored: any notification of the error device has such a source read",
  async (t) => {
    for (const notify of ['GPIO', 'SCI'] as const) {
      const s = scene({ vm: { profile: 'qemu-10.2' } })
      const { sources } = (s.bus.state('firmware') as Waiting<FirmwareState>).inner
      const gsiv = sources.find((source) => source.notify === 'GSIV')
      s.bus.ask('m0', memoryWrite, { hostPhysical: gsiv?.statusBlock, bytes: RECORD })

      s.bus.post('m0', apeiNotify, { source: gsiv?.sourceId, notify })
      s.bus.settle()

      t.equal(gsiv?.vector, 233)
      t.ok(
        s.notes('host.printk').some(({ text }) => String(text).includes('Source: 3')),
        `${notify}, no vector`
      )
    }
  }
)

void t.test('trap 12: the address is that of a page, and the extent is lost', async (t) => {
  const vm = { backing: 'hugetlb-2m', length: 0x400_0000n }
  const records = ['qemu-10.2', 'reference'].map((profile) => {
    const s = scene({ vm: { ...vm, profile, policy: 'morse' } })
    s.poison(PAGE_OF.redis, { offset: 0x4018n })
    s.touch('redis')
    const { bytes } = s.notes('record.written').at(-1) ?? {}
    const [entry] = decodeErrorStatusBlock(bytes as Uint8Array).entries
    return { s, section: decodeMemorySection(entry?.payload ?? new Uint8Array()) }
  })

  const [qemu, reference] = records
  t.match(qemu?.s.messages('signal.deliver').at(-1), { codeName: 'BUS_MCEERR_AR', addressLsb: 21 })
  t.strictSame(qemu?.section, { physicalAddress: PAGE_OF.redis, errorType: 0 }, 'QEMU: one page and no mask')
  t.match(reference?.section, { physicalAddress: PAGE_OF.redis, physicalAddressMask: 0xffff_ffff_ffe0_0000n })
})

void t.test('trap 13: firmware that finds no matching error record panics; it does not forward', async (t) => {
  const s = scene()
  const interrupted = { pid: 4242, tid: 4242, el: 0, pc: 0n, pstate: 0n, access: 'load', virtual: 0n, physical: 0n }

  s.bus.post('m0', exceptionTakeEl3, { exception: 'SEA', el: 3, esr: 0x9200_0010n, far: 0n, interrupted })
  s.bus.settle()

  t.equal(s.notes('firmware.panic').length, 1)
  t.same(s.messages('apei.notify'), [])
})

void t.test('trap 14: an SDEI dispatch can fail without the OS ever hearing of it', async (t) => {
  const s = scene({ vm: { profile: 'qemu-10.2' } })
  const tell = (to: 'firmware' | 'hardware', type: string, data: object) => {
    s.bus.post('m0', { to, type }, data)
    s.bus.settle()
  }
  const error = {
    kind: 'memory',
    hostPhysical: 0x7bf1_5000n,
    signalled: 'interrupt',
    containment: 'UER',
    severity: 'recoverable'
  }
  const printed = () => s.notes('host.printk').filter(({ text }) => String(text).includes('Hardware error'))
  tell('firmware', 'notification.choose', { recoverable: 'SDEI' })
  tell('firmware', 'sdei.mask', { peMasked: true })

  tell('hardware', 'error.inject', error)

  t.match(s.notes('record.published'), [{ notify: 'SDEI' }], 'the record is there')
  t.match(s.notes('record.untold'), [{ notify: 'SDEI', because: /the PE is masked/ }])
  t.same(s.messages('apei.notify'), [])
  t.same(printed(), [])

  tell('firmware', 'sdei.mask', { peMasked: false })

  t.same(printed(), [], 'and nobody tells of it later')
})

import t from 'tap'
import { guestMemoryRead, guestMemoryWrite, taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import { PAGE_OF, scene } from './scene.ts'
import { ACK, ar, eintr, HVA, notes, refusal, sends, told, withVm, BLOB } from './runner.ts'

/** The life of a VM beyond one error: reset, migration, end, QMP. */

const RECORD = Buffer.from(new Uint8Array(172).fill(1, 0, 1)).toString('base64')

void t.test('a reset empties the list, replaces each page, acknowledges everything and boots the guest anew', (t) => {
  for (const profile of ['qemu-10.0', 'qemu-10.2', 'qemu-11.0', 'reference']) {
    const s = scene({ vm: { profile, policy: 'qemu' } })
    s.poison(PAGE_OF.redis)
    s.touch('redis', { via: 'syscall' })
    const oops = s.notes('guest.access').at(-1)?.['outcome']

    t.same(s.ask('vm.reset'), {})
    t.same(s.vm().poisoned, [], profile)
    t.match(s.notes('memory.replaced'), [{ guestPhysical: PAGE_OF.redis, length: 0x1000n }], profile)
    t.same(s.ask('vm.migrate'), { migrated: true, because: 'all memory has been read' }, 'it may go again')
    t.equal(oops, 'oops')
  }
  t.end()
})

void t.test(
  'after a reset the guest runs its tasks again, also on the page that was lost, and the next AR is no trap',
  (t) => {
    const s = scene({ vm: { profile: 'qemu-10.2' } })
    s.poison(PAGE_OF.redis)
    s.touch('redis', { via: 'syscall' })

    s.ask('vm.reset')
    for (const { pid, comm, page } of [
      { pid: 1500, comm: 'redis2', page: PAGE_OF.redis },
      { pid: 1600, comm: 'nginx2', page: PAGE_OF.nginx }
    ]) {
      const mapping = { guestVirtual: 0xffff_9000_0000n, guestPhysical: page, length: 0x1000n }
      s.bus.ask('m0', taskCreate, { vm: 'vm0', pid, comm, mappings: [mapping] })
    }
    const access = { vm: 'vm0', guestVirtual: 0xffff_9000_0018n, access: 'load' }
    s.bus.post('m0', taskAccess, { ...access, pid: 1500 })
    s.bus.settle()
    const onLostPage = s.notes('guest.access').at(-1)
    s.poison(PAGE_OF.nginx)
    s.bus.post('m0', taskAccess, { ...access, pid: 1600 })
    s.bus.settle()

    t.match(onLostPage, { pid: 1500, outcome: 'completed' })
    t.match(s.notes('guest.access').at(-1), { pid: 1600, outcome: 'killed' })
    t.equal(s.vm().run, 'running', 'read_ack went back to 1 with the reset')
    t.end()
  }
)

void t.test('a reset replaces the whole huge page, not only the 4 KiB that are listed', (t) => {
  const s = scene({ vm: { profile: 'qemu-10.2', backing: 'hugetlb-2m' } })
  s.poison(PAGE_OF.redis)
  const listed = s.vm().poisoned

  s.ask('vm.reset')

  t.match(listed, [{ lsb: 12 }])
  t.match(s.notes('memory.replaced'), [{ guestPhysical: 0x4000_0000n, length: 0x20_0000n }])
  t.match(s.messages('process.remap'), [{ backing: 'hugetlb-2m', length: 0x20_0000n }])
  t.end()
})

void t.test('what a reset replaces reads as zero, and the rest of memory is as it was', (t) => {
  const s = scene({ vm: { profile: 'qemu-10.2' } })
  const bytes = new Uint8Array([1, 2, 3])
  for (const page of [PAGE_OF.redis, PAGE_OF.nginx]) {
    s.bus.ask('m0', guestMemoryWrite, { vm: 'vm0', guestPhysical: page, bytes })
  }
  s.poison(PAGE_OF.redis)

  s.ask('vm.reset')

  const read = (guestPhysical: bigint) =>
    s.bus.ask('m0', guestMemoryRead, { vm: 'vm0', guestPhysical, length: 3 }) as { bytes: Uint8Array }
  t.same(read(PAGE_OF.redis).bytes, new Uint8Array(3))
  t.same(read(PAGE_OF.nginx).bytes, bytes)
  t.end()
})

void t.test('a reset whose memory cannot be replaced is exit(1)', (t) => {
  const failing = ({ type }: { type: string }) => (type === 'process.remap' ? { ret: -1, errno: 12 } : undefined)
  const runner = withVm({ answer: failing }, { profile: 'qemu-10.2' })
  runner.post('signal.deliver', ar(HVA + 0x1000n))
  runner.post('kvm.exit', eintr())

  const effects = runner.post('vm.reset', { vm: 'vm0' })

  t.match(sends(effects, 'process.exit')[0]?.data, { code: 1 })
  t.equal(runner.vm().run, 'killed')
  t.end()
})

void t.test('a guest that panicked, or asked for a reset, can be reset; one whose process is gone cannot', (t) => {
  const panicked = scene({ vm: { policy: 'sei' } })
  panicked.poison(PAGE_OF.redis)
  panicked.touch('redis')
  const before = panicked.vm().run
  const dead = scene({ vm: { profile: 'qemu-10.2' } })
  dead.ask('vm.stop')

  t.same([before, panicked.ask('vm.reset'), panicked.vm().run], ['guest-panicked', {}, 'running'])
  t.match(dead.ask('vm.reset'), /vm-state: VM vm0 is stopped/)
  t.match(scene({ vm: { profile: 'kvmtool' } }).ask('vm.reset'), /request-unsupported/)
  t.end()
})

void t.test(
  'PSCI SYSTEM_RESET starts the guest of QEMU anew, and leaves that of the reference VMM to its manager',
  (t) => {
    const event = eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent: 'system-reset' })
    for (const [profile, run] of [
      ['qemu-10.2', 'running'],
      ['cloud-hypervisor', 'running'],
      ['reference', 'reset'],
      ['firecracker', 'reset']
    ] as const) {
      const runner = withVm({}, { profile })

      runner.post('kvm.exit', event)

      t.equal(runner.vm().run, run, profile)
      t.equal(PROFILES[profile].onSystemReset, run === 'running' ? 'restart' : 'leave')
    }
    t.end()
  }
)

void t.test('an exit that was under way when its vCPU was reset means nothing', (t) => {
  const runner = withVm({ answer: ({ type }) => (type === 'kvm.kick' ? { wasRunning: false } : undefined) })

  runner.post('vm.reset', { vm: 'vm0' })
  const effects = runner.post('kvm.exit', eintr())

  t.match(notes(effects, 'exit.too-late'), [{ vcpu: 0 }])
  t.equal(runner.vm().vcpus[0]?.inRun, true)
  t.same(sends(effects, 'kvm.run'), [])
  t.end()
})

void t.test('migration: refused while the list is non-empty, and a page that is not listed kills it', (t) => {
  const listed = scene({ vm: { profile: 'qemu-10.2' } })
  listed.poison(PAGE_OF.redis)
  const unlisted = scene({ vm: { profile: 'qemu-10.2', ras: false } })
  unlisted.poison(PAGE_OF.redis)
  const unguarded = scene({ vm: { profile: 'cloud-hypervisor' } })
  unguarded.poison(PAGE_OF.redis)

  t.match(listed.ask('vm.migrate'), /vm-state: .*poisoned pages; reboot the VM and try again/)
  t.equal(listed.vm().run, 'running')
  for (const s of [unlisted, unguarded]) {
    t.match(s.ask('vm.migrate'), { migrated: false, because: /^only 4096 of 67108864 bytes/ })
    t.match([s.vm().run, s.process()], ['killed', { state: 'dead', exitSignal: 7 }], 'a thread without vCPU read it')
  }
  t.match(scene({ vm: { profile: 'firecracker' } }).ask('vm.migrate'), /request-unsupported/)
  t.end()
})

void t.test('a VM that has been migrated or stopped leaves the host, and its tasks are refused', (t) => {
  for (const [type, run] of [
    ['vm.migrate', 'migrated'],
    ['vm.stop', 'stopped']
  ] as const) {
    const s = scene({ vm: { profile: 'qemu-10.2' } })

    s.ask(type)
    t.throws(() => s.touch('nginx'), /vm-state: vm vm0 is gone: its process 4242 has ended/)
    t.match([s.vm().run, s.end(), s.process()], [run, 'exit 0', { state: 'dead', exitSignal: 0 }])
    t.match(s.messages('vcpu.stop'), [{ vm: 'vm0', vcpu: 0 }])
    t.match(s.ask(type), /vm-state/)
  }
  t.end()
})

void t.test('QMP injection: the bytes as they are into the QMP source, and an edge on the GED', (t) => {
  const runner = withVm({}, { profile: 'qemu-10.2' })

  const effects = runner.post('vm.inject-error', { vm: 'vm0', cper: RECORD })

  t.strictSame(runner.peek(BLOB + 32n + 1024n, 172), new Uint8Array(172).fill(1, 0, 1))
  t.strictSame(runner.peek(BLOB + 24n, 8), new Uint8Array(8))
  t.match(sends(effects, 'kvm.irq-line')[0]?.data, { intid: 41, level: true })
  t.same(told(effects).at(-2), 'answer')
  t.end()
})

void t.test('QMP injection fails over QMP and QEMU survives', (t) => {
  const long = Buffer.alloc(1025).toString('base64')
  const cases = [
    ['no base64', 'not base64!', /base64/],
    ['longer than a block', long, /1025 bytes is longer than 1024/]
  ] as const
  for (const [what, cper, desc] of cases) {
    const s = scene({ vm: { profile: 'qemu-10.2' } })

    t.match(s.ask('vm.inject-error', { cper }), { error: { class: 'GenericError', desc } }, what)
    t.equal(s.vm().run, 'running', what)
  }
  const busy = withVm({}, { profile: 'qemu-10.2' })
  busy.post('vm.inject-error', { vm: 'vm0', cper: RECORD })
  const effects = busy.post('vm.inject-error', { vm: 'vm0', cper: RECORD })
  t.match(effects.at(-1), { kind: 'answer', data: { error: { desc: /not acknowledged/ } } })
  t.equal(busy.vm().run, 'running')
  t.end()
})

void t.test('QMP injection is not there before 10.2, nor in other VMMs', (t) => {
  for (const profile of ['reference', 'qemu-10.0', 'kvmtool']) {
    const runner = withVm({}, { profile })

    t.match(refusal(runner.post('vm.inject-error', { vm: 'vm0', cper: RECORD })), { code: 'request-unsupported' })
  }
  t.end()
})

void t.test('a machine type that a profile does not have is refused', (t) => {
  for (const [profile, machineType] of [
    ['qemu-10.0', 'virt-10.2'],
    ['reference', 'virt-10.1']
  ]) {
    const runner = withVm()

    const effects = runner.post('vm.create', { vm: 'vm1', profile, machineType })

    t.match(refusal(effects), { code: 'request-unsupported', field: '/machineType' })
  }
  t.end()
})

void t.test('guest firmware runs once', (t) => {
  const runner = withVm({}, { profile: 'qemu-10.2', guest: { firmware: false } })
  const before = sends(runner.effects, 'kvm.run').length

  const done = runner.post('fw-cfg.write', { vm: 'vm0' })
  const again = runner.post('fw-cfg.write', { vm: 'vm0' })

  t.equal(before, 0, 'no guest kernel runs before')
  t.equal(sends(done, 'kvm.run').length, 1)
  t.match(refusal(again), { code: 'vm-state' })
  t.not(ACK.sea, undefined)
  t.end()
})

void t.test('a second SIGBUS while the slot is occupied: QEMU re-raises it and dies', (t) => {
  const runner = withVm({}, { profile: 'qemu-10.2' })
  runner.post('signal.deliver', ar(HVA + 0x1000n))

  const effects = runner.post('signal.deliver', ar(HVA + 0x2000n))

  t.match(notes(effects, 'sigbus.slot-occupied'), [{ vcpu: 0 }])
  t.match(sends(effects, 'process.exit')[0]?.data, { pid: 4242, signal: 7 })
  t.end()
})

void t.test('crosvm panics on an exit it does not know; the others stop the VM', (t) => {
  for (const [profile, run, end] of [
    ['crosvm', 'killed', { signal: 6 }],
    ['kvmtool', 'stopped', { code: 1 }],
    ['cloud-hypervisor', 'stopped', { code: 1 }],
    ['qemu-10.2', 'stopped', { code: 1 }]
  ] as const) {
    const runner = withVm({}, { profile })

    const effects = runner.post('kvm.exit', eintr({ ret: 0, errno: 0, exitReason: 41 }))

    t.equal(runner.vm().run, run, profile)
    t.match(sends(effects, 'process.exit')[0]?.data, end, profile)
  }
  t.end()
})

void t.test('sea-exit: a fetch is answered by registers, since KVM has no instruction abort to pend', (t) => {
  const exit = (esr: bigint) => ({
    ...eintr({ ret: 0, errno: 0, exitReason: 41 }),
    armSea: { flags: 1n, esr, gva: 0n, gpa: 0x4000_1000n }
  })
  const policy = () => ({ action: 'inject-sea', record: false, because: 'test' })
  const [data, fetch] = [0x9200_0010n, 0x8200_0010n].map((esr) => {
    const runner = withVm({ policy }, { profile: 'sea-exit' })
    return runner.post('kvm.exit', exit(esr))
  })

  t.match(sends(data ?? [], 'kvm.set-vcpu-events')[0]?.data, { ext_dabt_pending: 1 })
  const written = sends(fetch ?? [], 'kvm.set-one-reg').map(({ data }) => data as { reg: string; value: bigint })
  t.match(
    written.find(({ reg }) => reg === 'esr_el1'),
    { value: 0x8200_0410n }
  )
  t.end()
})

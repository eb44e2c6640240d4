import t from 'tap'
import { decodeHest, isGhes } from '../../shared/formats/hest.ts'
import type { Ask } from '../../shared/model/step.ts'
import { BLOB, HEST, notes, refusal, Runner, sends, told, withVm, BLOCK, ACK } from './runner.ts'

void t.test('a VM is made from the process up, and runs last', async (t) => {
  const runner = new Runner()

  const effects = runner.post('vm.create', { vm: 'vm0' })

  t.strictSame(told(effects), [
    'ask process.create',
    'ask kvm.create-vm',
    'ask kvm.set-user-memory-region',
    'ask kvm.create-vcpu',
    'ask guest.create',
    'ask kvm.set-one-reg',
    'ask kvm.set-one-reg',
    'ask kvm.set-one-reg',
    'note vm.created',
    'ask memory.write',
    'ask memory.write',
    'send kvm.run'
  ])
  t.equal(runner.vm().run, 'running')
  t.equal(runner.vm().vcpus[0]?.inRun, true)
})

void t.test('main thread and vCPU threads opt in to early kill (S8)', async (t) => {
  const runner = withVm({}, { vcpus: 2 })

  const [create] = sends(runner.effects, 'process.create')

  t.match(create?.data, {
    pid: 4242,
    comm: 'vmm',
    mceKill: 'early',
    sigbus: 'handler',
    threads: [
      { tid: 4242, mceKill: 'early' },
      { tid: 4243, mceKill: 'early' },
      { tid: 4244, mceKill: 'early' }
    ]
  })
})

void t.test('the guest finds a HEST that formats accept, with its sources in order', async (t) => {
  const runner = withVm()

  const table = decodeHest(runner.peek(HEST, 40 + 3 * 92))

  const sources = table.sources.filter(isGhes)
  t.strictSame(
    sources.map(({ sourceId, notification, errorStatusAddress, readAck }) => [
      sourceId,
      notification.type,
      notification.pollInterval,
      errorStatusAddress.address,
      readAck?.register.address
    ]),
    [
      [0, 8, 0, BLOB, ACK.sea],
      [1, 7, 0, BLOB + 8n, ACK.gpio],
      [2, 0, 1000, BLOB + 16n, ACK.polled]
    ]
  )
})

void t.test('the blob is laid out as etc/hardware_errors: pointers, acknowledgements of 1, empty blocks', async (t) => {
  const runner = withVm()

  const cells = new DataView(runner.peek(BLOB, 48).buffer)

  t.strictSame(
    [0, 8, 16].map((at) => cells.getBigUint64(at, true)),
    [BLOCK.sea, BLOCK.gpio, BLOCK.polled]
  )
  t.strictSame(
    [24, 32, 40].map((at) => cells.getBigUint64(at, true)),
    [1n, 1n, 1n]
  )
  t.ok(runner.peek(BLOCK.sea, 3 * 1024).every((byte) => byte === 0))
})

void t.test('a guest with the SEI patch gets an SEI source (S25)', async (t) => {
  const runner = withVm({}, { guest: { sei: true } })

  const table = decodeHest(runner.peek(HEST, 40 + 4 * 92))

  t.strictSame(
    table.sources.filter(isGhes).map(({ notification }) => notification.type),
    [8, 7, 0, 9]
  )
})

void t.test('every vCPU is created in its own thread, gets registers and runs', async (t) => {
  const runner = withVm({}, { vcpus: 3 })

  t.strictSame(
    sends(runner.effects, 'kvm.create-vcpu').map(({ data }) => data),
    [4243, 4244, 4245].map((tid, vcpu) => ({ vm: 'vm0', vcpu, tid }))
  )
  t.equal(sends(runner.effects, 'kvm.set-one-reg').length, 9)
  t.strictSame(
    sends(runner.effects, 'kvm.run').map(({ data }) => data),
    [0, 1, 2].map((vcpu) => ({ vm: 'vm0', vcpu }))
  )
})

void t.test('a second VM lies elsewhere in pids and addresses', async (t) => {
  const runner = withVm()

  runner.post('vm.create', { vm: 'vm1' })

  t.equal(runner.vm('vm1').pid, 4274)
  t.equal(runner.vm('vm1').slots[0]?.hostVirtual, 0xffff_8000_0000n + 0x1_0000_0000n)
})

void t.test('what cannot be a VM is refused and changes nothing', async (t) => {
  const cases: readonly (readonly [string, object, string, string])[] = [
    ['the name is taken', { vm: 'vm0' }, 'already-exists', '/vm'],
    ['the pids are taken', { vm: 'vm1', pid: 4243 }, 'already-exists', '/pid'],
    ['guestPhysical is no page', { vm: 'vm1', guestPhysical: 0x4000_0001n }, 'range-invalid', '/guestPhysical'],
    ['hostVirtual is no page', { vm: 'vm1', hostVirtual: 0x7f00_0000_0800n }, 'range-invalid', '/hostVirtual'],
    ['length is no page', { vm: 'vm1', length: 0x400_0800n }, 'range-invalid', '/length'],
    ['too little RAM', { vm: 'vm1', length: 0x1000n }, 'range-invalid', '/length'],
    ['it wraps', { vm: 'vm1', guestPhysical: 0xffff_ffff_ffff_f000n }, 'range-invalid', '/guestPhysical'],
    ['no such profile', { vm: 'vm1', profile: 'bochs' }, 'profile-unknown', '/profile']
  ]
  for (const [what, data, code, field] of cases) {
    const runner = withVm()
    const before = runner.state

    const effects = runner.post('vm.create', data)

    t.match(refusal(effects), { code, field }, what)
    t.equal(effects.length, 1, what)
    t.equal(runner.state, before, what)
  }
})

void t.test('a neighbour that refuses leaves a VM that failed and says why, and nothing runs', async (t) => {
  const refusing = [
    'process.create',
    'kvm.create-vm',
    'kvm.set-user-memory-region',
    'kvm.create-vcpu',
    'guest.create',
    'memory.write',
    'kvm.set-one-reg'
  ]
  for (const type of refusing) {
    for (const answer of [
      { refused: { code: 'state-conflict', detail: 'no' } },
      type.startsWith('kvm') ? { ret: -1, errno: 22 } : undefined
    ]) {
      if (answer === undefined) continue

      const runner = withVm({ answer: (ask: Ask) => (ask.type === type ? answer : undefined) })

      t.equal(runner.vm().run, 'failed', type)
      t.equal(notes(runner.effects, 'vm.ended').length, 1, type)
      t.equal(sends(runner.effects, 'kvm.run').length, 0, type)
    }
  }
})

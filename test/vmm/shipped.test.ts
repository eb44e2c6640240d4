import t from 'tap'
import { sysctlSet } from '../../shared/contracts/host-kernel.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import { PAGE_OF, scene, type Scene } from './scene.ts'

/**
 * What each shipped VMM does with a SIGBUS: a test for each VMM and case. The sources of each are in the `Spec:` line over
 * its row in services/vmm/profiles.ts; the two proposals are the mail thread of docs/story.md and Linux 7.3.4,
 * Documentation/virt/kvm/api.rst, KVM_EXIT_ARM_SEA.
 */

const VCPU_THREAD = 4243
const MAIN_THREAD = 4242
const OTHER_THREAD = 4244

const codes = (s: Scene) => s.messages('signal.deliver').map((data) => data['codeName'])
const isTold = (s: Scene) => s.notes('record.written').length + s.notes('guest.flow').length > 0

const QEMU = ['qemu-10.0', 'qemu-10.2', 'qemu-11.0'] as const
const NO_HANDLER = ['kvmtool', 'cloud-hypervisor', 'crosvm'] as const

for (const profile of QEMU) {
  void t.test(
    `${profile}, AO in guest RAM: the guest sees nothing, it is listed, and a later touch is AR`,
    async (t) => {
      const s = scene({ vm: { profile } })

      s.poison(PAGE_OF.redis)

      t.same(codes(s), ['BUS_MCEERR_AO'])
      t.notOk(isTold(s))
      t.match(s.vm().poisoned, [{ guestPhysical: PAGE_OF.redis, lsb: 12 }])
      t.match(s.ask('vm.migrate'), /vm-state: .*poisoned.*reboot/)

      s.touch('redis')

      t.same(codes(s), ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'])
    }
  )

  void t.test(`${profile}, AR in guest RAM: a record and an SEA to that vCPU; the process gets SIGBUS`, async (t) => {
    const s = scene({ vm: { profile } })
    s.poison(PAGE_OF.redis)

    s.touch('redis')
    s.touch('nginx')

    t.match(s.outcome(), {
      vm: 'running',
      guest: 'running',
      tasks: { redis: 'killed', nginx: 'completed' },
      poisonedPages: { host: 1, guest: 1 }
    })
    t.match(s.notes('record.written'), [{ source: 0, notify: 'SEA', guestPhysical: PAGE_OF.redis }])
    t.match(s.messages('vcpu.enter').at(-1), { vcpu: 0 })
  })

  void t.test(`${profile}, AR by the guest's kernel: oops`, async (t) => {
    const s = scene({ vm: { profile } })
    s.poison(PAGE_OF.redis)

    s.touch('redis', { via: 'syscall' })

    t.match(s.notes('guest.access').at(-1), { outcome: 'oops' })
    t.ok(s.notes('guest.printk').some(({ text }) => String(text).includes('synchronous external abort')))
  })

  void t.test(`${profile}, AO in QEMU's own memory: a message, and it goes on`, async (t) => {
    const s = scene({ vm: { profile } })

    s.poison('own')

    t.same(codes(s), ['BUS_MCEERR_AO'])
    t.equal(s.notes('vmm.message').length, 1)
    t.match([s.vm().run, s.vm().poisoned], ['running', []])
  })

  void t.test(`${profile}, AR in QEMU's own memory: exit(1) in a vCPU thread, default kill in others`, async (t) => {
    const vcpu = scene({ vm: { profile } })
    vcpu.poison('own')
    vcpu.touchAsVmm(VCPU_THREAD, 'own')
    const other = scene({ vm: { profile } })
    other.poison('own')
    other.touchAsVmm(OTHER_THREAD, 'own')
    const main = scene({ vm: { profile } })
    main.poison('own')
    main.touchAsVmm(MAIN_THREAD, 'own')

    t.match([vcpu.vm().run, vcpu.vm().because, vcpu.end()], ['killed', 'Hardware memory error!', 'exit 1'])
    t.match(other.process(), { state: 'dead', exitSignal: 7 })
    t.match([other.vm().run, other.end()], ['killed', undefined], 'the kernel did it')
    t.match([main.vm().run, main.process()], ['killed', { state: 'dead', exitSignal: 7 }])
  })

  void t.test(`${profile}, previous record un-acked: ${PROFILES[profile].summary}`, async (t) => {
    const s = scene({ vm: { profile } })
    for (const page of [PAGE_OF.redis, PAGE_OF.nginx]) s.poison(page)
    s.touch('redis', { via: 'syscall' })

    s.touch('nginx')

    t.equal(s.vm().run, 'killed')
    t.equal(s.end(), profile === 'qemu-11.0' ? 'exit 1' : 'signal 6')
    t.match(s.process(), { state: 'dead' })
    t.match(s.outcome(), { tasks: { nginx: 'gone' } })
  })

  void t.test(`${profile}, ras=off: AO is nothing and not listed, AR is exit(1)`, async (t) => {
    const s = scene({ vm: { profile, ras: false } })
    s.poison(PAGE_OF.redis)
    const listed = s.vm().poisoned
    s.poison('own')
    const messages = s.notes('vmm.message')

    s.touch('redis')

    t.same(codes(s), ['BUS_MCEERR_AO', 'BUS_MCEERR_AO', 'BUS_MCEERR_AR'])
    t.same([listed, messages], [[], []])
    t.match([s.vm().run, s.vm().because, s.end()], ['killed', 'Hardware memory error!', 'exit 1'])
  })
}

for (const profile of ['qemu-10.2', 'qemu-11.0'] as const) {
  void t.test(`${profile}, before firmware wrote addresses: as with ras=off`, async (t) => {
    const s = scene({ vm: { profile, guest: { firmware: false } } })

    s.poison(0x4000_1000n)
    const listed = s.vm().poisoned
    s.touchAsVmm(VCPU_THREAD, 0x4000_1000n)

    t.same(codes(s), ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'])
    t.same(listed, [])
    t.match([s.vm().because, s.end()], ['Hardware memory error!', 'exit 1'])
  })
}

for (const profile of NO_HANDLER) {
  void t.test(`${profile}: AO is not delivered, AR kills the process`, async (t) => {
    const s = scene({ vm: { profile } })

    s.poison(PAGE_OF.redis)

    t.same([codes(s), s.vm().run], [[], 'running'])

    s.touch('redis')

    t.throws(() => s.touch('nginx'), /vm-state: vm vm0 is gone/)
    t.match(s.messages('signal.deliver'), [{ codeName: 'BUS_MCEERR_AR', killed: true }])
    t.match(s.process(), { state: 'dead', exitSignal: 7 })
    t.match(s.outcome(), { host: 'running', vm: 'killed', tasks: { redis: 'gone' } })
    t.equal(s.end(), undefined, 'no handler ran')
  })

  void t.test(`${profile}: if the sysctl forces AO, its default action kills the process`, async (t) => {
    const s = scene({ vm: { profile } })
    s.bus.ask('m0', sysctlSet, { name: 'memory_failure_early_kill', value: 1 })

    s.poison(PAGE_OF.redis)

    t.match(s.messages('signal.deliver'), [{ codeName: 'BUS_MCEERR_AO', killed: true }])
    t.equal(s.vm().run, 'killed')
  })

  void t.test(`${profile}: its own memory is no exception`, async (t) => {
    const s = scene({ vm: { profile } })
    s.poison('own')
    t.same([codes(s), s.vm().run], [[], 'running'])

    s.touchAsVmm(MAIN_THREAD, 'own')

    t.match([s.vm().run, s.process()], ['killed', { state: 'dead', exitSignal: 7 }])
  })
}

void t.test(
  'firecracker: AO is not delivered; if forced, _exit(149); AR is _exit(149), whoever it belongs to',
  async (t) => {
    const ar = scene({ vm: { profile: 'firecracker' } })
    ar.poison(PAGE_OF.redis)
    t.same([codes(ar), ar.vm().run], [[], 'running'])
    ar.touch('redis')
    const forced = scene({ vm: { profile: 'firecracker' } })
    forced.bus.ask('m0', sysctlSet, { name: 'memory_failure_early_kill', value: 1 })
    forced.poison(PAGE_OF.redis)
    const own = scene({ vm: { profile: 'firecracker' } })
    own.poison('own')
    t.same([codes(own), own.vm().run], [[], 'running'])
    own.touchAsVmm(MAIN_THREAD, 'own')

    for (const s of [ar, forced, own]) t.match([s.vm().run, s.end()], ['killed', 'exit 149'])
    t.match(forced.messages('signal.deliver'), [{ codeName: 'BUS_MCEERR_AO', killed: false }])
  }
)

void t.test(
  'the host cannot claim the SEA: every shipped VMM lets KVM give a virtual SError, and the guest panics',
  async (t) => {
    for (const profile of Object.keys(PROFILES) as ProfileName[]) {
      const s = scene({ vm: { profile }, kernelFirst: true })
      s.poison(PAGE_OF.redis, { signalled: 'SEA' })

      s.touch('redis')

      t.match(s.outcome(), { guest: 'panicked', vm: 'guest-panicked', signals: [] }, profile)
      t.equal(s.messages('vcpu.enter').at(-1)?.['exception'] === undefined, false, profile)
      t.match(s.messages('vcpu.enter').at(-1), { exception: { vector: 0x580, esr_el1: 0xbf00_0000n } }, profile)
    }
  }
)

void t.test('2017 proposal: AO is a record and an interrupt, AR a record and an SEA', async (t) => {
  const s = scene({ vm: { profile: 'reference', policy: 'morse' } })

  s.poison(PAGE_OF.redis)

  t.match(s.notes('record.written'), [{ notify: 'GPIO' }])
  t.match(s.notes('guest.flow'), [{ flow: 'IRQ' }])
})

void t.test(
  '2017 proposal: KVM tells the exception, and the VMM injects an SError with a syndrome of its choice',
  async (t) => {
    const s = scene({ vm: { profile: 'reference', policy: 'mirror', exposeException: true } })
    s.tell('exception.tell', { kind: 'SError', esr: 0xbe00_0c11n })

    s.poison(PAGE_OF.redis)

    t.match(s.messages('kvm.set-vcpu-events'), [{ serror_pending: 1, serror_has_esr: 1, serror_esr: 0xc11n }])
    t.match(s.messages('vcpu.enter').at(-1), { exception: { vector: 0x580, esr_el1: 0xbe00_0c11n } })
  }
)

void t.test(
  '2025 API user: exit 41, and the VMM injects an SEA; without a record the task gets SIGBUS by itself',
  async (t) => {
    const s = scene({ vm: { profile: 'sea-exit' }, linux: '7.3', kernelFirst: true })
    s.poison(PAGE_OF.redis, { signalled: 'SEA' })

    s.touch('redis')
    s.touch('nginx')

    t.match(s.messages('kvm.exit').at(-1), { exitReason: 41, armSea: { esr: 0x9200_0010n } })
    t.match(s.messages('kvm.set-vcpu-events'), [{ ext_dabt_pending: 1 }])
    t.same(s.notes('record.written'), [])
    t.match(s.notes('guest.signal'), [{ info: { signo: 7, code: 3 } }])
    t.match(s.outcome(), { vm: 'running', guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
  }
)

void t.test('the capability needs a host of 6.19 or later; without it the VMM says so and goes on', async (t) => {
  const s = scene({ vm: { profile: 'sea-exit' }, linux: '6.12' })

  t.match(s.notes('capability.missing'), [{ capability: 'KVM_CAP_ARM_SEA_TO_USER' }])
  t.equal(s.vm().run, 'running')
})

import t from 'tap'
import { eventsOf, vmOf, watchedOf, type Watched } from '../../services/vmm/qmp/events.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import type { Effect } from '../../shared/model/step.ts'
import { eintr, HVA, ar, withVm, type Options } from '../vmm/runner.ts'

const ends = (systemEvent: string) => eintr({ ret: 0, errno: 0, exitReason: 24, systemEvent })

/** What a monitor tells of a VM while the VMM is handed messages. */
function watch(profile: ProfileName, options: Options = {}) {
  const runner = withVm(options, { profile })
  let watched: Watched = watchedOf(runner.vm())
  const told = (entry: { kind: string; id: string; type: string; data: unknown }) => {
    if (vmOf(entry) !== 'vm0') return []
    const [next, events] = eventsOf(watched, entry)
    watched = next
    return events.map(({ event, data }) => (data === undefined ? event : `${event} ${JSON.stringify(data)}`))
  }
  const ofEffect = (effect: Effect) => (effect.kind === 'note' ? told(effect) : [])
  let count = 1
  return {
    post(type: string, data: object) {
      // The runner counts its inputs: the VM was made by the first.
      const before = told({ kind: 'message', id: `i${++count}`, type, data })
      return [...before, ...runner.post(type, data).flatMap(ofEffect)]
    },
    state: () => watched.state
  }
}

void t.test('a guest that panics is told, and stays', async (t) => {
  const vm = watch('qemu-10.2')
  t.strictSame(vm.post('kvm.exit', ends('panic')), ['GUEST_PANICKED {"action":"pause"}', 'STOP'])
  t.equal(vm.state(), 'halted')
  t.strictSame(vm.post('vm.reset', { vm: 'vm0' }), ['RESET {"guest":false,"reason":"host-qmp-system-reset"}', 'RESUME'])
})

void t.test('a reset that the guest asks for is its own, also after one that it did not ask for', async (t) => {
  const vm = watch('qemu-10.2')
  const own = ['RESET {"guest":true,"reason":"guest-reset"}']
  t.strictSame(vm.post('kvm.exit', ends('system-reset')), own)
  t.strictSame(vm.post('vm.reset', { vm: 'vm0' }), ['RESET {"guest":false,"reason":"host-qmp-system-reset"}'])
  t.strictSame(vm.post('kvm.exit', ends('system-reset')), own)
})

void t.test('a reset that the VMM leaves undone is a shutdown that leaves the process', async (t) => {
  const vm = watch('reference')
  t.strictSame(vm.post('kvm.exit', ends('system-reset')), ['SHUTDOWN {"guest":true,"reason":"guest-reset"}', 'STOP'])
  t.equal(vm.state(), 'halted')
})

void t.test('a guest that powers off takes the process with it', async (t) => {
  const vm = watch('qemu-10.2')
  t.strictSame(vm.post('kvm.exit', ends('system-off')), ['SHUTDOWN {"guest":true,"reason":"guest-shutdown"}'])
  t.equal(vm.state(), 'over')
})

void t.test('whoever stops, pauses or migrates a VM is told what came of it', async (t) => {
  const paused = watch('qemu-10.2')
  t.strictSame(paused.post('vm.pause', { vm: 'vm0' }), ['STOP'])
  t.strictSame(paused.post('vm.reset', { vm: 'vm0' }), ['RESET {"guest":false,"reason":"host-qmp-system-reset"}'])
  t.strictSame(paused.post('vm.resume', { vm: 'vm0' }), ['RESUME'])
  t.strictSame(paused.post('vm.stop', { vm: 'vm0' }), ['SHUTDOWN {"guest":false,"reason":"host-qmp-quit"}'])
  const migrated = watch('qemu-10.2')
  t.strictSame(migrated.post('vm.migrate', { vm: 'vm0' }), [
    'STOP',
    'SHUTDOWN {"guest":false,"reason":"host-qmp-quit"}'
  ])
})

void t.test('QEMU on arm64 tells nobody of a memory error, and a process that dies of one says nothing', async (t) => {
  const decided = watch('qemu-10.2', { policy: () => ({ action: 'inject-sea', record: true, because: 'as QEMU' }) })
  t.strictSame([...decided.post('signal.deliver', ar(HVA)), ...decided.post('kvm.exit', eintr())], [])
  const killed = watch('qemu-10.2', { policy: () => ({ action: 'kill-vmm', because: 'why not' }) })
  t.strictSame([...killed.post('signal.deliver', ar(HVA)), ...killed.post('kvm.exit', eintr())], [])
  t.equal(killed.state(), 'over')
})

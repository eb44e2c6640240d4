import t from 'tap'
import { decodeKvmVcpuEvents, type KvmVcpuEvents } from '../../../shared/formats/kvm-vcpu-events.ts'
import { EINVAL } from '../../../shared/linux/kernel/errno.ts'
import { ENOEXEC } from '../../../shared/linux/kvm/ioctl.ts'
import { getVcpuEvents, setVcpuEvents } from '../../../shared/linux/kvm/vcpu-events.ts'
import { createVcpu } from '../../../shared/linux/kvm/vcpu.ts'
import { kvmHost } from './host.ts'

const NOTHING: KvmVcpuEvents = { serrorPending: 0, serrorHasEsr: 0, extDabtPending: 0, serrorEsr: 0n }
const serror = (serrorEsr: bigint): KvmVcpuEvents => ({ ...NOTHING, serrorPending: 1, serrorHasEsr: 1, serrorEsr })
const OK = { ret: 0, errno: 0 }

void t.test('GET on a host with RAS says that a syndrome can be had even while nothing is pending', async (t) => {
  const { k, vcpu } = kvmHost()

  const { result, events } = getVcpuEvents(k, vcpu)

  t.strictSame([result, events], [OK, { ...NOTHING, serrorHasEsr: 1 }])
})

void t.test('A31: a syndrome of up to 25 bits is accepted, one more bit is EINVAL', async (t) => {
  const cases: [bigint, number][] = [
    [0x0n, 0],
    [0xc11n, 0],
    [0x1ff_ffffn, 0],
    [0x200_0000n, EINVAL],
    [0xbe00_0011n, EINVAL],
    [1n << 63n, EINVAL]
  ]
  for (const [esr, errno] of cases) {
    const { k, vcpu } = kvmHost()

    const { vcpu: next, result } = setVcpuEvents(k, vcpu, serror(esr))
    const { events } = getVcpuEvents(k, next)

    t.strictSame(result, errno === 0 ? OK : { ret: -1, errno }, `0x${esr.toString(16)}`)
    t.match(events, errno === 0 ? { serrorPending: 1, serrorEsr: esr } : { serrorPending: 0, serrorEsr: 0n })
  }
})

void t.test('A32: setting all-zero events does not take back a pending SError', async (t) => {
  const { k, vcpu } = kvmHost()
  const pending = setVcpuEvents(k, vcpu, serror(0xc11n)).vcpu

  const { vcpu: next, result } = setVcpuEvents(k, pending, NOTHING)

  t.strictSame(result, OK)
  t.match(getVcpuEvents(k, next).events, { serrorPending: 1, serrorEsr: 0xc11n })
})

void t.test('an SError without a syndrome is given IDS alone', async (t) => {
  const { k, vcpu } = kvmHost()

  const { vcpu: next } = setVcpuEvents(k, vcpu, { ...NOTHING, serrorPending: 1, serrorEsr: 0x811n })

  t.equal(getVcpuEvents(k, next).events?.serrorEsr, 0x100_0000n)
})

void t.test('a syndrome without a pending SError is ignored', async (t) => {
  const { k, vcpu } = kvmHost()

  const { vcpu: next, result } = setVcpuEvents(k, vcpu, { ...NOTHING, serrorHasEsr: 1, serrorEsr: 0xc11n })

  t.strictSame([next, result], [vcpu, OK])
})

void t.test('without RAS a syndrome is EINVAL, GET shows none, and an SError without one is taken', async (t) => {
  const { k, vcpu } = kvmHost({ options: { ras: false } })

  const refused = setVcpuEvents(k, vcpu, serror(0xc11n))
  const { vcpu: next, result } = setVcpuEvents(k, vcpu, { ...NOTHING, serrorPending: 1 })

  t.strictSame(refused, { vcpu, result: { ret: -1, errno: EINVAL } })
  t.strictSame(result, OK)
  t.strictSame(getVcpuEvents(k, next).events, { ...NOTHING, serrorPending: 1 })
})

void t.test('a byte of pad or reserved is EINVAL, whatever else is asked', async (t) => {
  for (const at of [3, 7, 16, 63]) {
    const { k, vcpu } = kvmHost()
    const bytes = new Uint8Array(64)
    bytes[2] = 1
    bytes[at] = 1

    const { vcpu: next, result } = setVcpuEvents(k, vcpu, decodeKvmVcpuEvents(bytes))

    t.strictSame([next, result], [vcpu, { ret: -1, errno: EINVAL }], `byte ${at}`)
  }
})

void t.test('before KVM_ARM_VCPU_INIT both ioctls are ENOEXEC', async (t) => {
  const { k } = kvmHost()
  const vcpu = createVcpu(0, 1, false)

  t.strictSame(getVcpuEvents(k, vcpu), { result: { ret: -1, errno: ENOEXEC } })
  t.strictSame(setVcpuEvents(k, vcpu, NOTHING), { vcpu, result: { ret: -1, errno: ENOEXEC } })
})

void t.test('6.1 and 6.12 leave PC until KVM_RUN; 7.3 has it on the vector when the ioctl returns', async (t) => {
  for (const [version, pc] of [
    ['6.1', 0x8000_1000n],
    ['6.12', 0x8000_1000n],
    ['7.3', 0xffff_0200n]
  ] as const) {
    const { k, vcpu } = kvmHost({ version })
    const running = { ...vcpu, pc: 0x8000_1000n, vbar_el1: 0xffff_0000n, far_el2: 0x9000_0020n }

    const { vcpu: next } = setVcpuEvents(k, running, { ...NOTHING, extDabtPending: 1 })

    t.match(next, { pc, far_el1: 0x9000_0020n }, version)
    t.equal(getVcpuEvents(k, next).events?.extDabtPending, 0, 'never told back')
  }
})

void t.test('7.3 enters an unmasked SError at once and keeps a masked one pending', async (t) => {
  const { k, vcpu } = kvmHost({ version: '7.3' })
  const unmasked = { ...vcpu, pstate: 0x5n, pc: 0x8000_1000n }

  const entered = setVcpuEvents(k, unmasked, serror(0xc11n)).vcpu
  const pending = setVcpuEvents(k, vcpu, serror(0xc11n)).vcpu

  t.match(entered, { vse: false, esr_el1: 0xbe00_0c11n, pc: 0x380n, elr_el1: 0x8000_1000n })
  t.match(pending, { vse: true, vsesr_el2: 0xc11n, pc: 0n })
})

void t.test('7.3 has committed the abort before it refuses the syndrome that came with it', async (t) => {
  const { k, vcpu } = kvmHost({ version: '7.3' })

  const { vcpu: next, result } = setVcpuEvents(k, vcpu, { ...serror(0x200_0000n), extDabtPending: 1 })

  t.strictSame(result, { ret: -1, errno: EINVAL })
  t.equal(next.pc, 0x200n)
})

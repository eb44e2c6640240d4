import t from 'tap'
import { checkExtension, enableCap } from '../../../shared/linux/kvm/check-extension.ts'
import { EEXIST, ENOENT, ENOEXEC } from '../../../shared/linux/kvm/ioctl.ts'
import { EFAULT, EINVAL, ENXIO } from '../../../shared/linux/kernel/errno.ts'
import { setIrqLine } from '../../../shared/linux/kvm/irq-line.ts'
import { generalRegisterId, getOneReg, ONE_REG_ID, setOneReg } from '../../../shared/linux/kvm/one-reg.ts'
import { setMemoryRegion } from '../../../shared/linux/kvm/set-memory-region.ts'
import { createVcpu, RESET_UNKNOWN } from '../../../shared/linux/kvm/vcpu.ts'
import { vcpuRun } from '../../../shared/linux/kvm/vcpu-run.ts'
import { createVm, findSlot, gpaToHva, hvaRangeToGpas } from '../../../shared/linux/kvm/vm.ts'
import { HVA, IPA, kvmHost, RAM } from './host.ts'

const OK = { ret: 0, errno: 0 }
const failed = (errno: number) => ({ ret: -1, errno })

void t.test('KVM_CHECK_EXTENSION by version and RAS', async (t) => {
  const rows = [
    ['6.1', true, [1, 1, 1, 1, 1, 0]],
    ['6.12', false, [1, 1, 0, 1, 1, 0]],
    ['7.3', true, [1, 1, 1, 1, 1, 1]]
  ] as const
  for (const [version, ras, values] of rows) {
    const { k } = kvmHost({ version, options: { ras } })
    t.strictSame(
      [3, 41, 158, 177, 178, 245].map((number) => checkExtension(k, number)),
      values,
      version
    )
  }
  t.equal(checkExtension(kvmHost().k, 9999), 0)
})

void t.test('KVM_ENABLE_CAP takes what the version has and nothing else', async (t) => {
  const old = kvmHost()
  const young = kvmHost({ version: '7.3' })

  t.match(enableCap(old.k, old.vm, 'KVM_CAP_ARM_NISV_TO_USER'), { vm: { caps: { nisvToUser: true } }, result: OK })
  t.match(enableCap(young.k, young.vm, 'KVM_CAP_ARM_SEA_TO_USER'), { vm: { caps: { seaToUser: true } }, result: OK })
  t.strictSame(enableCap(old.k, old.vm, 'KVM_CAP_ARM_SEA_TO_USER'), { vm: old.vm, result: failed(EINVAL) })
  t.strictSame(enableCap(old.k, old.vm, 'KVM_CAP_VCPU_EVENTS'), { vm: old.vm, result: failed(EINVAL) })
  t.strictSame(enableCap(old.k, old.vm, 'KVM_CAP_ARM_NISV_TO_USER', 1).result, failed(EINVAL))
})

void t.test("the registers have KVM's ids", async (t) => {
  t.equal(ONE_REG_ID.pc, 0x6030_0000_0010_0040n)
  t.equal(ONE_REG_ID.pstate, 0x6030_0000_0010_0042n)
  t.equal(ONE_REG_ID.esr_el1, 0x6030_0000_0013_c290n)
  t.equal(ONE_REG_ID.far_el1, 0x6030_0000_0013_c300n)
  t.equal(ONE_REG_ID.vbar_el1, 0x6030_0000_0013_c600n)
  t.equal(generalRegisterId(28), 0x6030_0000_0010_0038n)
})

void t.test("a register reads back what was written, and what was never written reads as KVM's mark", async (t) => {
  const { vcpu } = kvmHost()

  const written = setOneReg(vcpu, ONE_REG_ID.elr_el1, 0x1234n).vcpu
  const general = setOneReg(written, generalRegisterId(7), 0x77n).vcpu

  t.strictSame(getOneReg(written, 'elr_el1'), { result: OK, value: 0x1234n })
  t.equal(getOneReg(general, generalRegisterId(7)).value, 0x77n)
  t.equal(getOneReg(vcpu, 'far_el1').value, RESET_UNKNOWN)
})

void t.test('registers have errors of their own', async (t) => {
  const { vcpu } = kvmHost()
  const fresh = createVcpu(0, 1, false)

  t.strictSame(setOneReg(vcpu, 0x6030_0000_0013_0000n, 0n), { vcpu, result: failed(ENOENT) })
  t.strictSame(getOneReg(vcpu, 0x6030_0000_0010_003fn), { result: failed(ENOENT) })
  t.strictSame(getOneReg(fresh, 'pc'), { result: failed(ENOEXEC) })
  t.strictSame(setOneReg(fresh, 'pc', 0n).result, failed(ENOEXEC))
  for (const mode of [0x1n, 0x8n, 0x9n, 0x13n]) t.strictSame(setOneReg(vcpu, 'pstate', mode).result, failed(EINVAL))
  for (const mode of [0x0n, 0x4n, 0x5n, 0x10n]) t.strictSame(setOneReg(vcpu, 'pstate', 0x3c0n | mode).result, OK)
})

void t.test('a VMM that injects by writing registers is seen to have put PC on a vector', async (t) => {
  const { k, vm, vcpu } = kvmHost()
  const registers = [
    ['vbar_el1', 0xffff_0000n],
    ['esr_el1', 0x9600_0410n],
    ['far_el1', 0x1000n],
    ['elr_el1', 0x8000n],
    ['spsr_el1', 0x2c5n],
    ['pc', 0xffff_0200n]
  ] as const

  const injected = registers.reduce((state, [name, value]) => setOneReg(state, name, value).vcpu, vcpu)
  const run = vcpuRun(k, vm, injected)

  t.match(run, {
    entry: { pc: 0xffff_0200n, exception: { vector: 0x200, esr_el1: 0x9600_0410n, far_el1: 0x1000n, elr_el1: 0x8000n } }
  })
})

void t.test('KVM_SET_USER_MEMORY_REGION and its errors', async (t) => {
  const { k, vm } = kvmHost()
  const old = { slot: 0, guestPhysical: IPA, length: RAM, hostVirtual: HVA, dirtyLogging: false, readOnly: false }
  const next = { ...old, slot: 1, guestPhysical: IPA + RAM }
  const rows = [
    ['another slot', next, OK],
    ['dirty logging on', { ...old, dirtyLogging: true }, OK],
    ['moved', { ...old, guestPhysical: 0n }, OK],
    ['nothing changed', old, OK],
    ['deleted', { ...old, length: 0n }, OK],
    ['nothing to delete', { ...next, length: 0n }, failed(EINVAL)],
    ['overlap', { ...next, guestPhysical: IPA + RAM - 0x1000n }, failed(EEXIST)],
    ['not a page', { ...next, length: 0x10n }, failed(EINVAL)],
    ['other size', { ...old, length: 0x1000n }, failed(EINVAL)],
    ['other backing', { ...old, hostVirtual: 0n }, failed(EINVAL)],
    ['read-only now', { ...old, readOnly: true }, failed(EINVAL)],
    ['slot number', { ...next, slot: 32767 }, failed(EINVAL)],
    ['beyond the IPA space', { ...next, guestPhysical: 1n << 40n }, failed(EFAULT)]
  ] as const
  for (const [name, region, expected] of rows) t.strictSame(setMemoryRegion(k, vm, region).result, expected, name)

  const device = kvmHost({ vma: { backing: 'pfnmap' } })
  t.strictSame(setMemoryRegion(device.k, createVm(4242), { ...old, dirtyLogging: true }).result, failed(EINVAL))
})

void t.test('addresses go both ways through the slots', async (t) => {
  const { vm } = kvmHost()

  t.equal(gpaToHva(vm, IPA + 0x20n), HVA + 0x20n)
  t.equal(gpaToHva(vm, IPA + RAM), undefined)
  t.equal(findSlot(vm, IPA)?.slot, 0)
  t.strictSame(hvaRangeToGpas(vm, HVA - 0x1000n, 0x3000n), [{ guestPhysical: IPA, length: 0x2000n }])
  t.strictSame(hvaRangeToGpas(vm, HVA + RAM, 0x1000n), [])
})

void t.test('KVM_IRQ_LINE raises once until the line was low again', async (t) => {
  const vm = createVm(1, { irqLines: new Set() })

  const up = setIrqLine(vm, 41, true)
  const again = setIrqLine(up.vm, 41, true)
  const down = setIrqLine(again.vm, 41, false)

  t.strictSame([up.raised, again.raised, down.raised], [true, false, false])
  t.strictSame([...(down.vm.irqLines ?? [])], [])
  t.strictSame(setIrqLine(vm, 7, true).result, failed(EINVAL))
  t.strictSame(setIrqLine(createVm(1), 41, true).result, failed(ENXIO))
})

import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { decodeKvmRunArmSea, encodeKvmRunArmSea } from '../../shared/formats/kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents, encodeKvmVcpuEvents } from '../../shared/formats/kvm-vcpu-events.ts'
import {
  BUS_MCEERR_AO,
  BUS_MCEERR_AR,
  BUS_OBJERR,
  decodeSiginfo,
  encodeSiginfo,
  SEGV_MAPERR,
  SI_KERNEL,
  SIGBUS,
  SIGKILL,
  SIGSEGV
} from '../../shared/formats/siginfo.ts'
import { partly, record, u64, u8 } from './arbitraries.ts'
import { bytesOf, formatError, hexOf, patched } from './hex.ts'

void t.test('the signals of a memory error', async (t) => {
  const CASES = [
    [
      { signo: SIGBUS, code: BUS_MCEERR_AR, address: 0xffff83601000n, addressLsb: 12 },
      '07000000 00000000 04000000 00000000 0010608 3ffff0000 0c00'
    ],
    [
      { signo: SIGBUS, code: BUS_MCEERR_AO, address: 0xffff93000000n, addressLsb: 21 },
      '07000000 00000000 05000000 00000000 00000093ffff0000 1500'
    ],
    [{ signo: SIGBUS, code: BUS_OBJERR, address: 0n }, '07000000 00000000 03000000'],
    [{ signo: SIGBUS, code: SI_KERNEL }, '07000000 00000000 80000000'],
    [{ signo: SIGKILL, code: SI_KERNEL }, '09000000 00000000 80000000'],
    [{ signo: SIGSEGV, code: SEGV_MAPERR, address: 8n }, '0b000000 00000000 01000000 00000000 08']
  ] as const
  for (const [info, hex] of CASES) {
    const bytes = encodeSiginfo(info)

    t.equal(hexOf(bytes), hexOf(patched(new Uint8Array(128), 0, hex)))
    t.strictSame(decodeSiginfo(bytes), info)
  }
})

void t.test('an address or an lsb without its code is not read, and not written', async (t) => {
  const bytes = patched(encodeSiginfo({ signo: SIGBUS, code: SI_KERNEL }), 16, 'ff ff ff ff ff ff ff ff 0c')

  t.match(decodeSiginfo(bytes), { signo: SIGBUS, code: SI_KERNEL, address: undefined, addressLsb: undefined })
  t.strictSame(decodeSiginfo(bytes).kept, [{ offset: 16, bytes: bytesOf('ff ff ff ff ff ff ff ff 0c') }])
  t.throws(() => encodeSiginfo({ signo: SIGBUS, code: SI_KERNEL, address: 0n }), formatError(16))
  t.throws(() => encodeSiginfo({ signo: SIGBUS, code: BUS_OBJERR }), formatError(16))
  t.throws(() => encodeSiginfo({ signo: SIGBUS, code: BUS_OBJERR, address: 0n, addressLsb: 12 }), formatError(24))
  t.throws(() => encodeSiginfo({ signo: SIGBUS, code: BUS_MCEERR_AR, address: 0n }), formatError(24))
})

void t.test('struct kvm_vcpu_events', async (t) => {
  const events = { serrorPending: 1, serrorHasEsr: 1, extDabtPending: 0, serrorEsr: 0x1ffffffn }

  const bytes = encodeKvmVcpuEvents(events)

  t.equal(hexOf(bytes), hexOf(patched(new Uint8Array(64), 0, '01 01 00 0000000000 ffffff01 00000000')))
  t.strictSame(decodeKvmVcpuEvents(bytes), events)
})

void t.test('padding that is not zero can be seen, so that the kernel can refuse it', async (t) => {
  const padded = patched(patched(new Uint8Array(64), 7, '01'), 63, '02')

  const events = decodeKvmVcpuEvents(padded)

  t.strictSame(events.pad, bytesOf('00 00 00 00 01'))
  t.equal(events.reserved?.at(-1), 2)
  t.equal(hexOf(encodeKvmVcpuEvents(events)), hexOf(padded))
  t.throws(() => encodeKvmVcpuEvents({ ...events, pad: new Uint8Array(4) }), formatError(3))
})

void t.test(
  'kvm_run.arm_sea has a guest virtual address with FnV clear and a guest physical one with its flag',
  async (t) => {
    const CASES = [
      [{ esr: 0x92000010n, guestVirtual: 0x1000n, guestPhysical: 0x80001000n }, '01', '10000092', '0010', '00100080'],
      [{ esr: 0x92000410n }, '00', '10040092', '', ''],
      [{ esr: 0x92000410n, guestPhysical: 0x80001000n }, '01', '10040092', '', '00100080'],
      [{ esr: 0x82000010n, guestVirtual: 0x1000n }, '00', '10000082', '0010', '']
    ] as const
    for (const [sea, flags, esr, gva, gpa] of CASES) {
      const bytes = encodeKvmRunArmSea(sea)

      let expected = patched(new Uint8Array(32), 0, flags)
      expected = patched(patched(patched(expected, 8, esr), 16, gva), 24, gpa)
      t.equal(hexOf(bytes), hexOf(expected))
      t.strictSame(decodeKvmRunArmSea(bytes), sea)
    }
  }
)

void t.test('what is encoded is decoded', async (t) => {
  const events = partly({ serrorPending: u8, serrorHasEsr: u8, extDabtPending: u8, serrorEsr: u64 }, {})
  const info = record({
    signo: fc.constant(SIGBUS),
    code: fc.constantFrom(BUS_MCEERR_AR, BUS_MCEERR_AO),
    address: u64,
    addressLsb: fc.nat(48)
  })

  fc.assert(fc.property(events, (value) => isDeepStrictEqual(decodeKvmVcpuEvents(encodeKvmVcpuEvents(value)), value)))
  fc.assert(fc.property(info, (value) => isDeepStrictEqual(decodeSiginfo(encodeSiginfo(value)), value)))
  t.pass()
})

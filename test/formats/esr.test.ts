import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import fc from 'fast-check'
import { decodeEsr, encodeEsr, isDataAbort, isInstructionAbort } from '../../shared/formats/esr.ts'
import { decodeAbort, encodeDataAbort, encodeInstructionAbort, FSC_NAME } from '../../shared/formats/esr-abort.ts'
import { AET_VALUE, decodeSError, encodeSError } from '../../shared/formats/esr-serror.ts'
import { record } from './arbitraries.ts'
import { recording } from './hex.ts'

void t.test('the worked syndromes of aborts', async (t) => {
  const CASES = [
    [0x92000010n, encodeDataAbort({ lowerEl: true, fsc: 0x10 })],
    [0x96000010n, encodeDataAbort({ lowerEl: false, fsc: 0x10 })],
    [0x92000410n, encodeDataAbort({ lowerEl: true, fsc: 0x10, fnv: true })],
    [0x96000410n, encodeDataAbort({ lowerEl: false, fsc: 0x10, fnv: true })],
    [0x82000010n, encodeInstructionAbort({ lowerEl: true, fsc: 0x10 })],
    [0x86000010n, encodeInstructionAbort({ lowerEl: false, fsc: 0x10 })],
    [0x92000014n, encodeDataAbort({ lowerEl: true, fsc: 0x14 })],
    [0x92000007n, encodeDataAbort({ lowerEl: true, fsc: 0x07 })],
    [0x90000010n, encodeDataAbort({ lowerEl: true, fsc: 0x10, il: false })],
    [
      0x93820047n,
      encodeDataAbort({
        lowerEl: true,
        fsc: 0x07,
        wnr: true,
        access: { sas: 2, sse: false, srt: 2, sf: false, ar: false }
      })
    ]
  ] as const
  for (const [esr, encoded] of CASES) {
    const abort = decodeAbort(esr)

    t.equal(encoded, esr, `0x${esr.toString(16)}`)
    t.equal(isDataAbort(esr) ? encodeDataAbort(abort) : encodeInstructionAbort(abort), esr, 'and back')
  }
  t.equal(FSC_NAME.get(0x10), 'synchronous external abort')
})

void t.test('the worked syndromes of SErrors', async (t) => {
  const CASES = [
    [0xbe000011n, { aet: AET_VALUE.UC }],
    [0xbe000411n, { aet: AET_VALUE.UEU }],
    [0xbe000811n, { aet: AET_VALUE.UEO }],
    [0xbe000c11n, { aet: AET_VALUE.UER }],
    [0xbe001811n, { aet: AET_VALUE.CE }],
    [0xbe000000n, { aet: 0, dfsc: 0 }],
    [0xbf000000n, { ids: true }],
    [0xbfffffffn, { ids: true, iss: 0xffffff }]
  ] as const
  for (const [esr, fields] of CASES) {
    t.equal(encodeSError(fields), esr, `0x${esr.toString(16)}`)
    t.match(decodeSError(esr), fields)
    t.equal(encodeSError(decodeSError(esr)), esr, 'and back')
  }
})

void t.test('the upper half is kept: what KVM of Linux 6.1 leaves in a guest, and 6.12 no more', async (t) => {
  const esrOf = (version: '6.1' | '6.12'): bigint =>
    BigInt(recording(version, 'kvm-extdabt-el1').observed.events?.find(({ reg }) => reg === 'esr_el1')?.value ?? '0')

  const old = decodeEsr(esrOf('6.1'))
  const fixed = decodeEsr(esrOf('6.12'))

  t.equal(encodeEsr(old), 0xffffffff96000010n)
  t.strictSame(old, { ec: 0x25, il: true, iss: 0x10, upper: 0xffffffffn })
  t.strictSame(fixed, { ec: 0x25, il: true, iss: 0x10 })
  t.equal(decodeAbort(esrOf('6.1')).fsc, 0x10)
})

void t.test('a syndrome of another class is not taken for an abort or an SError', async (t) => {
  const hvc = encodeEsr({ ec: 0x16, il: true, iss: 0 })

  t.notOk(isDataAbort(hvc))
  t.notOk(isInstructionAbort(hvc))
  t.throws(() => decodeAbort(hvc), { name: 'FormatError' })
  t.throws(() => decodeSError(hvc), { name: 'FormatError' })
  t.throws(() => encodeEsr({ ec: 64, il: true, iss: 0 }), { name: 'FormatError' })
  t.throws(() => encodeSError({ aet: 8 }), { name: 'FormatError' })
})

void t.test('what is encoded is decoded', async (t) => {
  const flag = fc.boolean()
  const abort = record({
    lowerEl: flag,
    il: flag,
    set: fc.nat(3),
    fnv: flag,
    ea: flag,
    cm: flag,
    s1ptw: flag,
    wnr: flag,
    fsc: fc.nat(63)
  })

  fc.assert(fc.property(abort, (value) => isDeepStrictEqual(decodeAbort(encodeDataAbort(value)), value)))
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (esr) => {
      return encodeEsr(decodeEsr(esr)) === esr
    })
  )
  t.pass()
})

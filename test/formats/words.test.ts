import t from 'tap'
import fc from 'fast-check'
import { decodeSetErrorType, EINJ_ERROR_TYPE, encodeSetErrorType } from '../../shared/formats/einj.ts'
import { decodeErrStatus, encodeErrStatus, ERR_UET } from '../../shared/formats/err-record.ts'
import { decodeGenericAddress, encodeGenericAddress, memoryRegister } from '../../shared/formats/generic-address.ts'
import { SEVERITY, severityName } from '../../shared/formats/severity.ts'
import { u64 } from './arbitraries.ts'
import { formatError, hexOf } from './hex.ts'

void t.test('what the KVM selftest writes to inject a memory error', async (t) => {
  const data = {
    type: EINJ_ERROR_TYPE.memoryUncorrectableNonFatal,
    vendorExtensionOffset: 0,
    memoryAddress: 0x40200000n,
    memoryAddressMask: 0xffffffffffffffffn
  }

  const bytes = encodeSetErrorType(data)

  t.equal(
    hexOf(bytes),
    ['10000000', '00000000', '02000000', '00000000', '0000204000000000', 'ffffffffffffffff', '00000000'].join('')
  )
  t.strictSame(decodeSetErrorType(bytes), data)
})

void t.test('the CPU and the PCIe device have flags of their own', async (t) => {
  const data = { type: EINJ_ERROR_TYPE.vendorDefined, vendorExtensionOffset: 0x40, apicId: 3, pcieSbdf: 0x01020300 }

  const bytes = encodeSetErrorType(data)

  t.equal(bytes[8], 0b101)
  t.strictSame(decodeSetErrorType(bytes), data)
})

void t.test('ERR<n>STATUS of a recoverable error with its address', async (t) => {
  const status = { av: true, v: true, ue: true, uet: ERR_UET.UER, mv: true, serr: 2 }

  const word = encodeErrStatus(status)

  t.equal(word, 0xe430_0002n)
  t.match(decodeErrStatus(word), { ...status, er: false, of: false, ce: 0, de: false, pn: false, ierr: 0 })
  t.throws(() => encodeErrStatus({ serr: 256 }), { name: 'FormatError' })
})

void t.test('any ERR<n>STATUS comes back', async (t) => {
  fc.assert(fc.property(u64, (word) => encodeErrStatus(decodeErrStatus(word)) === word))
  t.pass()
})

void t.test('a generic address is 12 bytes', async (t) => {
  const gas = memoryRegister(0x43da0010n)

  t.equal(hexOf(encodeGenericAddress(gas)), '004000041000da4300000000')
  t.strictSame(decodeGenericAddress(encodeGenericAddress(gas)), gas)
  t.throws(() => encodeGenericAddress({ ...gas, bitWidth: 256 }), formatError(1))
})

void t.test('severities are not ordered by seriousness', async (t) => {
  t.equal(severityName(0), 'recoverable')
  t.equal(severityName(SEVERITY.fatal), 'fatal')
  t.equal(severityName(2), 'corrected')
  t.equal(severityName(3), 'none')
  t.equal(severityName(4), undefined)
})

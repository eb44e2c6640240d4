import t from 'tap'
import type { ExceptionTaken, Interrupted } from '../../shared/contracts/common.ts'
import type { ErrorInject } from '../../shared/contracts/hardware.ts'
import type { VcpuEnter } from '../../shared/contracts/guest.ts'
import { GUEST_LOAD, HOST_LOAD, LINE, machine, MAP, MEMORY_ERROR, notes, sent, told } from './support.ts'

const FIRMWARE_FIRST = { scrEl3Ea: true, hcrEl2Tea: true, hcrEl2Amo: true }
const KERNEL_FIRST = { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true }
const TO_GUEST = { scrEl3Ea: false, hcrEl2Tea: false, hcrEl2Amo: false }

/** What an access to the line raises after an error was planted in it. */
function raise(error: Partial<ErrorInject>, access: Interrupted, routing = FIRMWARE_FIRST) {
  const m = machine()
  m.tell('routing.set', routing)
  m.tell('stage2.map', MAP)
  m.tell('error.inject', { ...MEMORY_ERROR, ...error })
  return m.tell('memory.access', access)
}

const taken = (effects: ReturnType<typeof raise>) => sent(effects)[0]?.data as ExceptionTaken

void t.test('a clean line gives its data, to a guest and to a host process', async (t) => {
  const m = machine()
  m.tell('stage2.map', MAP)

  const guest = m.tell('memory.access', GUEST_LOAD)
  const host = m.tell('memory.access', HOST_LOAD)

  t.strictSame(sent(guest), [
    { to: 'guest', type: 'access.complete', data: { vm: 'vm0', vcpu: 0, access: GUEST_LOAD } }
  ])
  t.strictSame(sent(host), [{ to: 'host-kernel', type: 'access.complete', data: HOST_LOAD }])
})

void t.test('an IPA that stage 2 does not map is a stage 2 fault at EL2 with the page of the IPA', async (t) => {
  const m = machine()

  const effects = m.tell('memory.access', GUEST_LOAD)

  t.strictSame(sent(effects), [
    {
      to: 'host-kernel',
      type: 'exception.take',
      data: {
        exception: 'stage-2-fault',
        el: 2,
        esr: 0x9200_0007n,
        far: GUEST_LOAD.virtual,
        guestPhysical: 0x4000_1000n,
        interrupted: GUEST_LOAD
      }
    }
  ])
})

const SYNDROMES: readonly (readonly [string, Partial<ErrorInject>, Partial<Interrupted>, bigint])[] = [
  ['load, recoverable', {}, {}, 0x9200_0010n],
  ['store', {}, { access: 'store' }, 0x9200_0050n],
  ['fetch', {}, { access: 'fetch' }, 0x8200_0010n],
  ['load by the guest kernel', {}, { el: 1, pstate: 5n }, 0x9200_0010n],
  ['uncontained', { containment: 'UC', severity: 'fatal' }, {}, 0x9200_1010n],
  ['restartable', { containment: 'UEO' }, {}, 0x9200_1810n],
  ['SError, recoverable', { signalled: 'SError' }, {}, 0xbe00_0c11n],
  ['SError, restartable', { signalled: 'SError', containment: 'UEO' }, {}, 0xbe00_0811n],
  ['SError, unrecoverable', { signalled: 'SError', containment: 'UEU' }, {}, 0xbe00_0411n],
  ['SError, uncontained', { signalled: 'SError', containment: 'UC', severity: 'fatal' }, {}, 0xbe00_0011n]
]

void t.test('the syndrome at EL3 says what was accessed and how far the error has spread', async (t) => {
  for (const [what, error, access, esr] of SYNDROMES) {
    const { esr: found, el } = taken(raise(error, { ...GUEST_LOAD, ...access }))

    t.equal(`0x${found.toString(16)}`, `0x${esr.toString(16)}`, what)
    t.equal(el, 3)
  }
})

void t.test('S5: the same load surfaces as a synchronous abort or as an SError, as the CPU can', async (t) => {
  const sea = taken(raise({ signalled: 'SEA' }, GUEST_LOAD))
  const serror = taken(raise({ signalled: 'SError' }, GUEST_LOAD))

  t.equal(sea.exception, 'SEA')
  t.equal(sea.far, GUEST_LOAD.virtual)
  t.equal(serror.exception, 'SError')
  t.equal(serror.far, undefined, 'an SError has no fault address')
  t.strictSame(serror.record, sea.record, 'the node recorded the same')
})

void t.test('the record of the node has address, kind and class', async (t) => {
  const { record } = taken(raise({}, GUEST_LOAD))

  t.strictSame(record, { status: 0xe030_000cn, hostPhysical: LINE, kind: 'memory', severity: 'recoverable' })
})

void t.test('S24: the address of an SError may be absent', async (t) => {
  const { record } = taken(raise({ signalled: 'SError', addressValid: false }, GUEST_LOAD))

  t.strictSame(record, { status: 0x6030_000cn, kind: 'memory', severity: 'recoverable' }, 'AV is clear')
})

const ROUTES: readonly (readonly [string, typeof FIRMWARE_FIRST, 'SEA' | 'SError', Interrupted, string, number])[] = [
  ['firmware first', FIRMWARE_FIRST, 'SEA', GUEST_LOAD, 'firmware exception.take', 3],
  ['firmware first, host', FIRMWARE_FIRST, 'SError', HOST_LOAD, 'firmware exception.take', 3],
  ['TEA', KERNEL_FIRST, 'SEA', GUEST_LOAD, 'host-kernel exception.take', 2],
  ['AMO', KERNEL_FIRST, 'SError', GUEST_LOAD, 'host-kernel exception.take', 2],
  ['TEA says nothing of SErrors', { ...TO_GUEST, hcrEl2Tea: true }, 'SError', GUEST_LOAD, 'guest vcpu.enter', 1],
  ['AMO says nothing of aborts', { ...TO_GUEST, hcrEl2Amo: true }, 'SEA', GUEST_LOAD, 'guest vcpu.enter', 1],
  ['neither, host', TO_GUEST, 'SEA', HOST_LOAD, 'host-kernel exception.take', 2]
]

void t.test('SCR_EL3.EA, then TEA and AMO decide who takes it', async (t) => {
  for (const [what, routing, signalled, access, receiver, el] of ROUTES) {
    const effects = raise({ signalled }, access, routing)

    t.strictSame(told(effects), [receiver], what)
    if (el > 1) t.equal(taken(effects).el, el, what)
  }
})

void t.test('an abort from EL2 itself has the class of its own level', async (t) => {
  const { esr } = taken(raise({}, { ...HOST_LOAD, el: 2, pstate: 9n }, KERNEL_FIRST))

  t.equal(esr, 0x9600_0010n)
})

void t.test('taken to the guest, the exception is entered through its own vectors', async (t) => {
  const user = raise({}, GUEST_LOAD, TO_GUEST)
  const kernel = raise({}, { ...GUEST_LOAD, el: 1, pstate: 0x5n }, TO_GUEST)
  const masked = raise({ signalled: 'SError' }, { ...GUEST_LOAD, el: 1, pstate: 0x105n }, TO_GUEST)

  t.strictSame((sent(user)[0]?.data as VcpuEnter).exception, {
    vector: 0x400,
    esr_el1: 0x9200_0010n,
    far_el1: GUEST_LOAD.virtual,
    elr_el1: GUEST_LOAD.pc,
    spsr_el1: 0n
  })
  t.equal((sent(kernel)[0]?.data as VcpuEnter).exception?.vector, 0x200)
  t.equal((sent(kernel)[0]?.data as VcpuEnter).exception?.esr_el1, 0x9600_0010n)
  t.equal((sent(masked)[0]?.data as VcpuEnter).exception?.vector, 0x380)
  t.strictSame(notes(masked), ['pe.unmodelled'], 'that PSTATE.A masks it is said')
})

void t.test('where nothing answers, an abort is raised that no node has recorded', async (t) => {
  const m = machine()

  const effects = m.tell('memory.access', { ...HOST_LOAD, physical: 0x1000n })

  const [{ data } = { data: undefined }] = sent(effects)
  t.match(data, { exception: 'SEA', esr: 0x9200_0010n })
  t.notOk('record' in (data as object))
})

void t.test('an access must be by somebody', async (t) => {
  const nobody: Partial<Interrupted> = { ...HOST_LOAD }
  delete nobody.pid

  t.match(machine().tell('memory.access', nobody), [{ kind: 'refusal', code: 'field-missing' }])
  t.match(machine().tell('memory.access', { ...GUEST_LOAD, el: 2 }), [{ kind: 'refusal', field: '/el' }])
  t.match(machine().tell('exception.return', { vm: 'vm0' }), [{ kind: 'refusal', code: 'field-missing' }])
})

import { looseOf, textOf, type Loose } from './data-of.ts'
import { bytesIn, numbers, prose, type Saying } from './saying.ts'

const ACCESSES: Readonly<Record<string, string>> = { load: 'loads', store: 'stores', fetch: 'fetches' }
/** Bits 8 and 7 of an offset into a vector table: an SError or what comes by FIQ, that is no synchronous exception. */
const ASYNCHRONOUS = 0x180

const isAsynchronous = (exception: Loose) => (Number(exception['vector']) & ASYNCHRONOUS) === ASYNCHRONOUS

/** Whether a guest enters in its vector for SErrors, or for synchronous exceptions. */
export const entersForSError = (data: Loose): boolean => isAsynchronous(looseOf(data['exception']))

/** A syndrome without its upper half, which says nothing of these. */
function lowWord(register: unknown): string {
  const text = textOf(register)
  return /^0x[\da-f]+$/i.test(text) ? `0x${BigInt.asUintN(32, BigInt(text)).toString(16)}` : text
}

/** Messages in words, by type. */
export const MESSAGE_WORDS: Readonly<Record<string, Saying>> = {
  'error.inject': ({ kind, hostPhysical, containment, addressValid }) =>
    numbers(
      kind === 'memory' ? 'A line of DRAM goes bad' : `A ${textOf(kind)} error is planted`,
      hostPhysical,
      [textOf(containment), addressValid === false ? 'no address' : ''].filter(Boolean).join(' ')
    ),
  'einj.inject': ({ type, param1 }) => numbers('EINJ injects an error', `type ${textOf(type)}`, param1),
  'error-record.submit': ({ source, bytes }) =>
    numbers('Firmware is handed a record', `source ${textOf(source)}`, `${bytesIn(bytes)} B`),
  'task.access': ({ vm, pid, access, guestVirtual }, { names }) =>
    numbers(`${names.of(vm, pid)} is to ${textOf(access)}`, guestVirtual),
  'process.access': ({ pid, access, hostVirtual }, { names }) =>
    numbers(`${names.of(undefined, pid)} is to ${textOf(access)}`, hostVirtual),
  'memory.access': ({ el, vm, access, virtual, physical }, { names }) => {
    const who = (el === 0 ? names.touching(vm, virtual) : undefined) ?? (el === 0 ? 'The task' : 'The kernel')
    return numbers(`${who} ${ACCESSES[textOf(access)] ?? textOf(access)}`, virtual ?? physical)
  },
  'exception.take': ({ exception, el, esr, guestPhysical }) =>
    numbers(
      exception === 'stage-2-fault' ? 'Stage-2 fault to EL2' : `${textOf(exception)} to EL${textOf(el)}`,
      esr,
      guestPhysical === undefined ? '' : `IPA ${textOf(guestPhysical)}`
    ),
  'error.interrupt': ({ record }) => numbers('Fault handling interrupt', looseOf(record)['hostPhysical']),
  'apei.notify': ({ notify, source, vector }) =>
    numbers(
      `${textOf(notify)} notification`,
      `source ${textOf(source)}`,
      vector === undefined ? '' : `INTID ${textOf(vector)}`
    ),
  'stage2.unmap': ({ guestPhysical, length }) =>
    numbers('Page out of stage 2', `${textOf(guestPhysical)} +${textOf(length)}`),
  'stage2.map': ({ guestPhysical, hostPhysical }) =>
    numbers('Page into stage 2', `${textOf(guestPhysical)} → ${textOf(hostPhysical)}`),
  'exception.return': () => prose('ERET: the access runs again', ''),
  'access.complete': () => prose('Good data', ''),
  'signal.deliver': ({ codeName, hostVirtual, addressLsb, killed }) =>
    numbers(
      `SIGBUS ${textOf(codeName)}${killed === true ? ' kills the VMM' : ''}`,
      hostVirtual,
      `lsb ${textOf(addressLsb)}`
    ),
  'kvm.exit': ({ ret, errno, systemEvent }) =>
    systemEvent === undefined
      ? numbers(`KVM_RUN = ${textOf(ret)}${errno === 4 ? ' EINTR' : ''}`)
      : prose('KVM_RUN leaves for good', `system event: ${textOf(systemEvent)}`),
  'kvm.run': ({ vcpu }) => numbers('KVM_RUN', `vCPU ${textOf(vcpu)}`),
  'policy.decide': ({ signal, guest }) =>
    numbers(`${textOf(looseOf(signal)['code']) || 'An exit'}: what now?`, looseOf(guest)['guestPhysical']),
  'kvm.set-vcpu-events': ({ ext_dabt_pending, serror_esr }) =>
    ext_dabt_pending === 1
      ? numbers('Pend an external abort', 'ext_dabt_pending 1')
      : numbers('Pend a virtual SError', `serror_esr ${textOf(serror_esr)}`),
  'kvm.irq-line': ({ level, intid }) =>
    numbers(level === true ? 'Raise the error interrupt' : 'Lower the error interrupt', `INTID ${textOf(intid)}`),
  'vcpu.enter': (data) =>
    data['exception'] === undefined
      ? numbers('Guest enters', `PC ${textOf(data['pc'])}`)
      : numbers(
          `Guest enters in its ${entersForSError(data) ? 'SError' : 'SEA'} vector`,
          `ESR_EL1 ${lowWord(looseOf(data['exception'])['esr_el1'])}`
        ),
  'vcpu.interrupt': ({ intid }) => numbers('Error interrupt presented', `INTID ${textOf(intid)}`),
  'vcpu.exit': ({ reason, detail }) =>
    prose(reason === 'panic' ? 'The guest kernel panics' : `Guest leaves: ${textOf(reason)}`, textOf(detail)),
  'guest.destroy': ({ vm, because }) => prose(`${textOf(vm)} is gone`, textOf(because)),
  'host.down': ({ because }) => prose('The host is down', textOf(because)),
  'platform.halt': ({ because }) => prose('The platform halts', textOf(because)),
  'process.exit': ({ signal }) => prose('The VMM ends', signal === undefined ? '' : `signal ${textOf(signal)}`),
  'vm.reset': ({ vm }) => prose(`${textOf(vm)} is reset`, ''),
  'memory.read': ({ hostPhysical, guestPhysical, length }) =>
    numbers('Read', `${textOf(hostPhysical ?? guestPhysical)} +${textOf(length)}`),
  'memory.write': ({ hostPhysical, guestPhysical, bytes }) =>
    numbers('Write', hostPhysical ?? guestPhysical, `${bytesIn(bytes)} B`)
}

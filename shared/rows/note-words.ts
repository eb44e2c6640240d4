import { looseOf, textOf } from './data-of.ts'
import { numbers, prose, type Saying } from './saying.ts'

const CODES: Readonly<Record<number, string>> = { 4: 'BUS_MCEERR_AR', 5: 'BUS_MCEERR_AO' }
const SIGBUS = 7

/** A signal as `siginfo` has it. */
export function signalText(info: unknown): string {
  const { signo, code } = looseOf(info)
  if (signo !== SIGBUS) return `signal ${textOf(signo)}`
  return `SIGBUS ${CODES[Number(code)] ?? `code ${textOf(code)}`}`
}

const told =
  (who: (pid: unknown, vm: unknown) => boolean): Saying =>
  ({ vm, pid, info, effect }, { names }) => {
    const name = who(pid, vm) ? 'the VMM' : names.of(vm, pid)
    const does = effect === 'killed' ? 'kills' : effect === 'handler' ? 'to' : `${textOf(effect)}:`
    return numbers(`${signalText(info)} ${does} ${name}`, looseOf(info)['address'])
  }

const outcomes: Readonly<Record<string, string>> = {
  completed: 'gets its data',
  killed: 'is killed at its access',
  signalled: 'gets a signal at its access',
  gone: 'is gone before its access ends',
  oops: 'oopses the kernel at its access'
}

const access: Saying = ({ vm, pid, access, outcome, guestVirtual, hostVirtual }, { names }) => {
  const said = outcomes[textOf(outcome)] ?? `${textOf(access)}: ${textOf(outcome)}`
  return numbers(`${names.of(vm, pid)} ${said}`, guestVirtual ?? hostVirtual)
}

/** Notes in words, by type; steps of a kernel by their name, with the data of the step. */
export const NOTE_WORDS: Readonly<Record<string, Saying>> = {
  'record.published': ({ source, length, address }) =>
    numbers('Record in the status block', `source ${textOf(source)}`, `${textOf(length)} B at ${textOf(address)}`),
  'record.written': ({ source, notify, block }) =>
    numbers('Record for the guest', `source ${textOf(source)} (${textOf(notify)})`, `at ${textOf(block)}`),
  'record.coalesced': ({ source, error }) => prose(`Source ${textOf(source)} reports this already`, textOf(error)),
  'record.held': ({ source, because }) => prose(`Record for source ${textOf(source)} has to wait`, textOf(because)),
  'record.waiting': ({ source, because }) =>
    prose(`Record for the guest's source ${textOf(source)} waits`, textOf(because)),
  'memory.replaced': ({ guestPhysical, length }) =>
    numbers('The VMM puts fresh memory in its place', `${textOf(guestPhysical)} +${textOf(length)}`),
  'pe.progress': ({ error }) => prose('The access gets further', textOf(error)),
  'error.planted': ({ hostPhysical, containment }) => numbers('The line is bad', hostPhysical, containment),
  'vm.reset': ({ vm }) => prose(`${textOf(vm)} is reset`, ''),
  'vm.created': ({ vm, profile }) => prose(`${textOf(vm)} is created`, `profile ${textOf(profile)}`),
  'page.poison': ({ pfn }, { row }) =>
    numbers(`${row.to === 'guest' ? 'Guest' : 'Host'} marks the page PG_hwpoison`, `pfn ${textOf(pfn)}`),
  'page.unmap': ({ pid, address, vm }, { names, entry }) => {
    const whose = looseOf(entry.data)['vm'] ?? vm
    return numbers(`Page taken from ${names.of(whose, pid)}`, address)
  },
  'page.soft_offline': ({ physical }) => numbers('Page is taken out of use', physical),
  'page.migrate': ({ from, to }) => numbers('Page is moved', `pfn ${textOf(from)} → ${textOf(to)}`),
  'serror.classify': ({ esr, severity }) => numbers('SError judged by its syndrome alone', esr, severity),
  'ghes.acknowledged': ({ source }) => numbers(`Source ${textOf(source)} is acknowledged`),
  'ghes.duplicate': ({ source, effect }) => prose(`Source ${textOf(source)} repeats its record`, textOf(effect)),
  'apei.claim-sea': ({ claimed, records }) =>
    prose(`APEI ${claimed === true ? 'claims' : 'does not claim'} the SEA`, `${textOf(records)} records`),
  'apei.claim-sei': ({ claimed, records }) =>
    prose(`APEI ${claimed === true ? 'claims' : 'does not claim'} the SError`, `${textOf(records)} records`),
  'task.end': ({ comm, signal }) =>
    prose(`${textOf(comm)} ends`, signal === undefined ? '' : `by signal ${textOf(signal)}`),
  'guest.signal': told(() => false),
  'host.signal': (data, around) => told((pid) => around.names.isVmm(pid))(data, around),
  'guest.access': access,
  'host.access': access,
  'guest.flow': ({ flow }) => prose(`Guest runs its ${textOf(flow)} flow`, ''),
  'guest.printk': ({ text }) => prose('dmesg', textOf(text)),
  'host.printk': ({ text }) => prose('dmesg', textOf(text)),
  'guest.trace': ({ event, text }) => prose(textOf(event), textOf(text)),
  'host.trace': ({ event, text }) => prose(textOf(event), textOf(text)),
  'firmware.panic': ({ because }) => prose('Firmware stops the platform', textOf(because)),
  'vm.ended': ({ vm, state, because }) => prose(`${textOf(vm)} ended: ${textOf(state)}`, textOf(because)),
  livelock: ({ because }) => prose('Livelock', textOf(because)),
  'pe.livelock': ({ error, takes }) =>
    prose('The CPU takes the same over and over', `${textOf(error)}, ${textOf(takes)} times`),
  'policy.answered': ({ action, because }) => prose(textOf(action), textOf(because)),
  'record.untold': ({ source, because }) =>
    prose(`Nobody is told of the record of source ${textOf(source)}`, textOf(because)),
  'policy.asked': ({ code, guestPhysical }) => numbers(`The policy is asked about ${textOf(code)}`, guestPhysical),
  'scrub.done': ({ start, end, errors }) =>
    numbers(`Patrol scrub finds ${textOf(errors)} bad`, `${textOf(start)} to ${textOf(end)}`),
  'pe.spin': ({ error }) => prose('Takes the same again', textOf(error))
}

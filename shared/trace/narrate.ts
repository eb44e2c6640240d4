import type { WireEntry } from './entry.ts'

type Fields = Readonly<Record<string, unknown>>
type Line = (data: Fields) => string | undefined

/** What a reader of the story wants to see of each message; a type without a row is left out of the narrative. */
const MESSAGES: Readonly<Record<string, Line>> = {
  'error.inject': (d) =>
    say`${text(d['kind'])} error at ${text(d['hostPhysical'])}: ${d['severity']}, contained as ${d['containment']}, consuming it raises ${d['signalled']}`,
  'memory.access': (d) =>
    say`${who(d)} EL${d['el']} ${d['access']} VA ${d['virtual']} PA ${d['physical']} at PC ${d['pc']}`,
  'exception.take': (d) => say`${d['exception']} taken to EL${d['el']}: ESR ${d['esr']}${far(d)}${ipa(d)}`,
  'apei.notify': (d) =>
    say`notification ${d['notify']} for error source ${d['source']}${optional(' vector ', d['vector'])}`,
  'stage2.map': (d) => say`stage 2: IPA ${d['guestPhysical']} -> PA ${d['hostPhysical']}, ${d['length']} bytes`,
  'stage2.unmap': (d) => say`stage 2: IPA ${d['guestPhysical']} unmapped, ${d['length']} bytes`,
  'exception.return': (d) => say`ERET to ${who(d)}: the instruction executes again`,
  'signal.deliver': (d) =>
    say`SIGBUS ${d['codeName']} to thread ${d['tid']}: si_addr ${d['hostVirtual']} si_addr_lsb ${d['addressLsb']}`,
  'kvm.exit': (d) =>
    say`KVM_RUN = ${d['ret']}, errno ${d['errno']}, exit_reason ${d['exitReason']}, PC ${d['pc']}${optional(', ', d['systemEvent'])}`,
  'kvm.run': (d) => say`KVM_RUN vCPU ${d['vcpu']}`,
  'kvm.set-vcpu-events': (d) =>
    say`KVM_SET_VCPU_EVENTS ext_dabt_pending ${d['ext_dabt_pending']} serror_pending ${d['serror_pending']} serror_esr ${d['serror_esr']}`,
  'kvm.irq-line': (d) => say`KVM_IRQ_LINE INTID ${d['intid']} ${d['level'] === true ? 'high' : 'low'}`,
  'memory.read': () => undefined,
  'memory.write': (d) => say`writes ${bytesOf(d['bytes'])} at ${text(d['hostPhysical'] ?? d['guestPhysical'])}`,
  'vcpu.enter': (d) => say`guest enters at PC ${d['pc']}${taken(d['exception'])}`,
  'vcpu.interrupt': (d) => say`INTID ${d['intid']} presented to vCPU ${d['vcpu']}`,
  'vcpu.exit': (d) => say`guest leaves: ${d['reason']}${optional(': ', d['detail'])}`,
  'access.complete': (d) =>
    say`access of ${who(typeof d['access'] === 'object' ? (d['access'] as Fields) : d)} completed with good data`,
  'task.access': (d) => say`task ${d['pid']} will ${d['access']} VA ${d['guestVirtual']}`,
  'policy.decide': (d) => say`what now? ${JSON.stringify(d['signal'])}`
}

const NOTES: Readonly<Record<string, Line>> = {
  'error.planted': (d) => say`the line at ${d['hostPhysical']} is poisoned`,
  'pe.spin': (d) => say`${d['context']} ${d['because']}`,
  'record.published': (d) =>
    say`record for source ${d['source']} published: ${rest(d, ['source', 'bytes'])}${record(d['bytes'])}`,
  'record.written': (d) => say`record for the guest written: ${rest(d, ['vm', 'bytes'])}${record(d['bytes'])}`,
  'record.held': (d) => say`record held back: ${rest(d)}`,
  'policy.answered': (d) => say`the policy answers ${rest(d, ['vm'])}`,
  'decision.refused': (d) => say`the decision is refused: ${rest(d)}`,
  'host.printk': (d) => say`dmesg: ${d['text']}`,
  'host.trace': (d) => say`trace: ${d['event']}: ${d['text']}`,
  'host.signal': () => undefined,
  'host.panic': (d) => say`host panics: ${d['text']}`,
  'host.source-refused': (d) => say`source ${d['source']} refused: ${d['because']}`,
  'guest.printk': (d) => say`dmesg: ${d['text']}`,
  'guest.trace': (d) => say`trace: ${d['event']}: ${d['text']}`,
  'guest.signal': (d) => say`signal to ${d['pid']}/${d['tid']}: ${JSON.stringify(d['info'])}, ${d['effect']}`,
  'guest.flow': (d) => say`runs its ${d['flow']} flow`,
  'guest.access': (d) => say`task ${d['pid']}'s ${d['access']} of ${d['guestVirtual']}: ${d['outcome']}`,
  'vm.ended': (d) => say`${d['vm']} ended: ${d['state']}`,
  livelock: (d) => say`LIVELOCK: ${rest(d)}`,
  'firmware.panic': (d) => say`firmware panics: ${rest(d)}`
}

/** One line an entry, in the order given; what no row speaks of is left out. */
export function narrate(journal: readonly WireEntry[]): string[] {
  const lines: string[] = []
  let step = 0
  for (const entry of journal) {
    const data = (entry.data ?? {}) as Fields
    const row = entry.kind === 'note' ? NOTES[entry.type] : entry.kind === 'message' ? MESSAGES[entry.type] : undefined
    const line = entry.kind === 'refusal' ? `REFUSED ${entry.type}: ${JSON.stringify(data)}` : row?.(data)
    if (line === undefined) continue
    step += 1
    const parties = entry.kind === 'note' ? entry.layer : `${entry.from} -> ${entry.to}`
    lines.push(`${String(step).padStart(4)}  ${parties.padEnd(26)} ${line}`)
  }
  return lines
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A template whose values are JSON; strings stand without quotes. */
function say(parts: TemplateStringsArray, ...values: readonly unknown[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => (value === undefined ? '-' : text(value))))
}
const optional = (label: string, value: unknown) => (value === undefined ? '' : `${label}${text(value)}`)
const who = (d: Fields) => (d['vm'] === undefined ? `pid ${text(d['pid'])}` : `${text(d['vm'])}/vcpu${text(d['vcpu'])}`)
const far = (d: Fields) => optional(' FAR ', d['far'])
const ipa = (d: Fields) => optional(' IPA ', d['guestPhysical'])

function taken(exception: unknown): string {
  if (exception === undefined) return ''
  const e = exception as Fields
  const vector = Number(e['vector']).toString(16)
  return `, exception at VBAR_EL1 + 0x${vector}: ESR_EL1 ${text(e['esr_el1'])} FAR_EL1 ${text(e['far_el1'])} ELR_EL1 ${text(e['elr_el1'])}`
}

function rest(d: Fields, without: readonly string[] = []): string {
  const kept = Object.entries(d).filter(([name, value]) => !without.includes(name) && value !== undefined)
  return kept.map(([name, value]) => `${name} ${text(value)}`).join(', ')
}

const HEX_PER_LINE = 64

function hexOf(base64: unknown): string {
  return typeof base64 === 'string' ? Uint8Array.fromBase64(base64).toHex() : ''
}
/** Up to eight bytes as a little-endian number, more by their count. */
function bytesOf(base64: unknown): string {
  const hex = hexOf(base64)
  if (hex.length > 16) return `${hex.length / 2} bytes`
  return `0x${(hex.match(/../g) ?? [])
    .toReversed()
    .join('')
    .replace(/^0+(?=.)/, '')}`
}
/** A record as a hex dump under its line. */
function record(base64: unknown): string {
  const rows = hexOf(base64).match(new RegExp(`.{1,${HEX_PER_LINE}}`, 'g')) ?? []
  return rows.map((row) => `\n${' '.repeat(34)}${row}`).join('')
}

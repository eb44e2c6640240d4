import { EC, decodeEsr } from '../../shared/formats/esr.ts'
import { decodeAbort } from '../../shared/formats/esr-abort.ts'
import { fieldsOf } from '../../shared/formats/fields/fields-of.ts'
import { hex } from '../../shared/formats/hex.ts'
import { SIGBUS_CODE_NAME, SIGBUS, SIGKILL } from '../../shared/formats/siginfo.ts'
import { faultInfo, type FaultHandler } from '../../shared/linux/arm64/fault-info.ts'
import { classifySError } from '../../shared/linux/arm64/serror.ts'
import { WHILE_IN_GUEST } from '../../shared/linux/kvm/guest-serror.ts'
import { RELEASES } from '../../shared/linux/profile.ts'
import { fieldTree } from '../bytes/field-tree.ts'
import { toJson } from '../bytes/json-value.ts'
import { syndromeBytes } from '../bytes/syndrome.ts'
import type { Explanation, Fact, Subject } from './explanation.ts'
import { ruleSays } from './rule.ts'

const FROM_LOWER: ReadonlySet<number> = new Set([EC.instructionAbortLowerEl, EC.dataAbortLowerEl])
const ABORTS: ReadonlySet<number> = new Set([...FROM_LOWER, EC.instructionAbortSameEl, EC.dataAbortSameEl])

/** Whom the table of the kernel sends an abort to, as the kernel calls him. */
const HANDLER: Readonly<Record<FaultHandler, string>> = {
  sea: 'do_sea()',
  translation: 'do_translation_fault()',
  page: 'do_page_fault()',
  alignment: 'do_alignment_fault()',
  tag: 'do_tag_check_fault()',
  bad: 'do_bad()'
}
const handledBy = (handler: FaultHandler) =>
  `shared/linux/arm64/do-sea.ts#${handler === 'sea' ? 'doSea' : 'doMemAbort'}`

/** What a syndrome says, and what Linux and KVM do with the exception. */
export const SYNDROMES: Subject = {
  kind: 'esr',
  names: () => [],
  explain(name) {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(name)) return []
    const bytes = syndromeBytes('seabus explain', name)
    const esr = BigInt(name)
    const map = fieldsOf('esr', bytes)
    const fields: Fact = { label: 'fields', says: fieldTree(map, { all: false }).split('\n') }
    return [{ kind: 'esr', name: hex(esr), ...meaningOf(esr, fields), data: toJson(map) }]
  }
}

function meaningOf(esr: bigint, fields: Fact): Pick<Explanation, 'title' | 'facts'> {
  const { ec } = decodeEsr(esr)
  if (ABORTS.has(ec)) return abort(esr, FROM_LOWER.has(ec), fields)
  if (ec === EC.serror) return serror(esr, fields)
  return { title: 'no exception by which an error of hardware is told', facts: [fields] }
}

function abort(esr: bigint, isFromLower: boolean, fields: Fact): Pick<Explanation, 'title' | 'facts'> {
  const { fsc } = decodeAbort(esr)
  const bySays = Map.groupBy(RELEASES, (release) => linuxSays(faultInfo(release, fsc)))
  const usual = faultInfo('7.3', fsc)
  const isSea = usual.handler === 'sea'
  const rule = handledBy(usual.handler)
  const kvm = `shared/linux/kvm/${isSea ? 'guest-sea.ts#handleGuestSea' : 'guest-abort.ts#handleGuestAbort'}`
  const linux = [...bySays].map(([says, releases]) => (bySays.size === 1 ? says : `${releases.join(', ')}: ${says}`))
  return {
    title: usual.name,
    facts: [
      fields,
      { label: 'Linux', says: [...linux, ruleSays(rule) ?? ''] },
      {
        label: 'KVM',
        says: isFromLower
          ? (ruleSays(kvm) ?? '')
          : 'is not concerned: the abort is of the same exception level, not of a guest'
      }
    ]
  }
}

function linuxSays({ handler, signo, code, name }: ReturnType<typeof faultInfo>): string {
  const signal = signo === SIGBUS ? `SIGBUS ${SIGBUS_CODE_NAME.get(code)}` : signo === SIGKILL ? 'SIGKILL' : 'SIGSEGV'
  return `"${name}", goes to ${HANDLER[handler]}; where nobody resolves it a user gets ${signal}`
}

function serror(esr: bigint, fields: Fact): Pick<Explanation, 'title' | 'facts'> {
  const severity = classifySError(esr, true)
  return {
    title: `an SError that Linux judges ${severity}`,
    facts: [
      fields,
      {
        label: 'Linux',
        says: [
          severity === 'SURVIVE' ? 'goes on without a word' : 'panics',
          ruleSays('shared/linux/arm64/serror.ts#doSError') ?? ''
        ]
      },
      {
        label: 'KVM',
        says: [
          `taken while a guest runs: ${IN_GUEST[WHILE_IN_GUEST[severity]]}`,
          ruleSays('shared/linux/kvm/guest-serror.ts#handleGuestSerror') ?? ''
        ]
      }
    ]
  }
}

const IN_GUEST = {
  vserror: 'the guest gets a virtual SError',
  nothing: 'the guest goes on',
  'host-panic': 'the host panics'
} as const satisfies Record<(typeof WHILE_IN_GUEST)[keyof typeof WHILE_IN_GUEST], string>

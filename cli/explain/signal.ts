import { SIGNAL_CODES } from '../../shared/contracts/policy.ts'
import { SIGBUS_CODE_MEANS, SIGBUS_CODE_NAME } from '../../shared/formats/siginfo.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'
import { answersTo } from './policy.ts'
import { ruleSays } from './rule.ts'

/** Where the kernel sends the two signals of memory errors from, and how an exit takes their place. */
const SENT_BY: Readonly<Record<string, readonly string[]>> = {
  BUS_MCEERR_AR: [
    'shared/linux/mm/kill-procs.ts#killProc',
    'shared/linux/kvm/send-hwpoison-signal.ts#sendHwpoisonSignal'
  ],
  BUS_MCEERR_AO: ['shared/linux/mm/kill-procs.ts#killProc', 'shared/linux/mm/collect-procs.ts#taskEarlyKill'],
  KVM_EXIT_ARM_SEA: ['shared/linux/kvm/guest-sea.ts#handleGuestSea']
}

const isAsked = (name: string): name is (typeof SIGNAL_CODES)[number] =>
  (SIGNAL_CODES as readonly string[]).includes(name)

/** The codes of a SIGBUS, and the exit of KVM that stands beside them: what each says, who sends it, what policies make of it. */
export const SIGNALS: Subject = {
  kind: 'signal',
  names: () => [...SIGBUS_CODE_NAME.values(), EXIT],
  explain(name) {
    const wanted = folded(name)
    const codes = [...SIGBUS_CODE_NAME].filter(
      ([, own]) => folded(own) === wanted || folded(own) === `busmceerr${wanted}`
    )
    const signals = codes.map(([code, own]) =>
      explanationOf(own, SIGBUS_CODE_MEANS[own] ?? '', [{ label: 'si_code', says: `${code} of SIGBUS` }], { code })
    )
    const exit = [EXIT, 'ARM_SEA'].some((own) => folded(own) === wanted)
    return exit ? [explanationOf(EXIT, EXIT_MEANS, [], {})] : signals
  }
}

const EXIT = 'KVM_EXIT_ARM_SEA'
const EXIT_MEANS = 'no signal: KVM_RUN comes back to a VMM that has enabled KVM_CAP_ARM_SEA_TO_USER'

function explanationOf(name: string, title: string, first: readonly Fact[], data: object): Explanation {
  const sent = (SENT_BY[name] ?? []).flatMap((rule) => ruleSays(rule) ?? [])
  const answers = isAsked(name) ? answersTo(name) : []
  return {
    kind: 'signal',
    name,
    title,
    facts: [
      ...first,
      ...(sent.length === 0 ? [] : [{ label: 'comes from', says: sent }]),
      ...(answers.length === 0 ? [] : [{ label: 'policies', says: answers }])
    ],
    data: { ...data, answers }
  }
}

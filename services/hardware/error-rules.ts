import type { ErrorInject } from '../../shared/contracts/hardware.ts'

interface Rule {
  readonly broken: (error: ErrorInject) => boolean
  readonly field: string
  readonly rule: string
}

/**
 * What no node and no PE could report. The first rule that is broken is named.
 *
 * Spec: Arm DDI 0587 (RAS), 2.3 to 2.5 (error states, ERR<n>STATUS); Arm DDI 0487, ESR_ELx.SET and .AET.
 * Fidelity: exact for the combinations listed; others are taken as possible.
 */
const RULES: readonly Rule[] = [
  {
    broken: ({ severity }) => severity === 'none',
    field: '/severity',
    rule: 'an error that a node records is corrected, deferred or uncorrected, never of severity none'
  },
  {
    broken: ({ severity, containment }) => severity === 'corrected' && containment !== 'CE',
    field: '/containment',
    rule: 'a corrected error has not spread: its only class is CE'
  },
  {
    broken: ({ severity, containment }) => severity !== 'corrected' && containment === 'CE',
    field: '/severity',
    rule: 'class CE is a corrected error'
  },
  {
    broken: ({ severity, containment }) => severity === 'recoverable' && containment === 'UC',
    field: '/severity',
    rule: 'an uncontained error (UC) may have spread anywhere: its only severity is fatal'
  },
  {
    broken: ({ signalled, containment }) => signalled === 'SEA' && containment === 'UEU',
    field: '/containment',
    rule: 'ESR_ELx.SET has no code for UEU: of a synchronous abort only UER, UEO or UC can be told'
  },
  {
    broken: ({ signalled, containment }) =>
      signalled === 'interrupt' && (containment === 'UC' || containment === 'UEU'),
    field: '/containment',
    rule: 'an error told by interrupt alone is deferred: nobody consumed it and it is contained (UER, UEO or CE)'
  }
]

/** The rule that the error breaks, or undefined. */
export function brokenErrorRule(error: ErrorInject): { readonly field: string; readonly rule: string } | undefined {
  return RULES.find(({ broken }) => broken(error))
}

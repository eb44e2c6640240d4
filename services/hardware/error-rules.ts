import { ESR_ISS_MASK } from '../../shared/formats/esr.ts'
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
    broken: ({ signalled, iss }) => iss !== undefined && signalled !== 'SError',
    field: '/iss',
    rule: 'the ISS is that of an SError; a synchronous abort has its syndrome from the access'
  },
  {
    broken: ({ iss }) => iss !== undefined && (iss & ~ESR_ISS_MASK) !== 0n,
    field: '/iss',
    rule: 'ESR_ELx.ISS has 25 bits'
  },
  {
    broken: ({ reportsCorrected, severity, signalled }) =>
      reportsCorrected === true && (severity !== 'corrected' || signalled !== 'SError'),
    field: '/reportsCorrected',
    rule: 'only a corrected error that is signalled by SError is reported by an SError of AET CE'
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

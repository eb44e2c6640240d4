import { type BadInput } from './bad-input.ts'

const QUESTION = {
  vm: 'vm0',
  signal: { code: 'BUS_MCEERR_AR' },
  guest: { inRam: true },
  sources: [{ source: 0, notify: 'SEA', acknowledged: true }],
  history: { errors: 1 }
}

/** What the policy refuses. */
export const POLICY: readonly BadInput[] = [
  [
    'an unknown policy',
    'POST /decisions',
    { ...QUESTION, policy: 'moore' },
    'policy-unknown /policy',
    /morse, mirror, sei/
  ],
  ['an unknown policy to read', 'GET /policies/moore', undefined, 'policy-unknown', /moore/],
  [
    'a code of another signal',
    'POST /decisions',
    { ...QUESTION, signal: { code: 'SEGV_MAPERR' } },
    'field-invalid /signal/code',
    /BUS_MCEERR_AR/
  ],
  [
    'a misspelt field in a list',
    'POST /decisions',
    { ...QUESTION, sources: [{ source: 0, notify: 'SEA', acknowleged: true }] },
    'field-unknown /sources/0/acknowleged',
    /acknowledged\?/
  ],
  [
    'fewer errors than none',
    'POST /decisions',
    { ...QUESTION, history: { errors: -1 } },
    'field-invalid /history/errors',
    />= 0/
  ]
]

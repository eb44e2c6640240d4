/** Errors that are asked for again and again, by name. */
export const PRESET_NAMES = ['single', 'scrub', 'corrected', 'no-address'] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** A scenario to begin with. */
export interface Preset {
  /** As one types it. */
  readonly name: PresetName
  readonly title: string
  readonly says: string
  readonly steps: readonly string[]
  /** Lines before the steps. */
  readonly setting?: readonly string[]
}

/** What is most often asked for; each is a whole scenario, which can be run as it stands. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'single',
    title: 'Poison a line',
    says: 'redis touches it: SError, recoverable',
    steps: ['touch: redis', 'poison: redis', 'touch: redis', 'touch: nginx']
  },
  {
    name: 'scrub',
    title: 'Patrol scrub',
    says: 'found before anyone reads it',
    steps: ['touch: redis', 'poison: redis', 'scrub: redis', 'wait: 2s', 'touch: redis']
  },
  {
    name: 'corrected',
    title: 'Corrected, over the threshold',
    says: 'the page is taken out of use, nothing is lost',
    setting: ['processes: [db]'],
    steps: [
      'touch: db',
      'poison: { task: db, severity: corrected, exception: interrupt }',
      'report: { source: 1, task: db, severity: corrected, threshold: true }',
      'wait: 2s',
      'touch: db'
    ]
  },
  {
    name: 'no-address',
    title: 'No address',
    says: 'the record cannot say where',
    steps: ['touch: redis', 'poison: { task: redis, address: false }', 'touch: redis']
  }
]

/** A scenario as text. */
export function scenarioText({ title, setting = [], steps }: Omit<Preset, 'name' | 'says'>): string {
  return [
    'seabus: 1',
    `title: ${/^[\w][\w ,.-]*$/.test(title) ? title : JSON.stringify(title)}`,
    ...setting,
    'steps:',
    ...steps.map((step) => `  - ${step}`),
    ''
  ].join('\n')
}

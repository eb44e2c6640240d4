import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatFlags, formatOption, outOption } from '../options.ts'

export const fidelity = define(
  'fidelity',
  {
    group: GROUP.about,
    summary: 'print what each rule of the model follows, and how exactly',
    examples: ['seabus fidelity', 'seabus fidelity --format json'],
    options: [
      formatOption(['text', 'json']),
      formatFlags(['json']),
      outOption(),
      new Option('--write', 'write docs/fidelity.md and docs/fidelity.json')
    ]
  },
  async () => {
    const { fidelity: act } = await import('../actions/fidelity.ts')
    return ({ write, format }) => act({ write: write === true, json: format === 'json' })
  }
)

import { Option } from 'commander'
import { define, GROUP } from '../define.ts'

export const debate = define(
  'debate',
  {
    group: GROUP.about,
    summary: 'try each claim of the 2017 thread',
    description: `Tries each claim of the 2017 mail thread on the scenarios that test it.
Without --write it says whether docs/debate.md still tells what comes out, and exits 1 when it does not.`,
    examples: ['seabus debate'],
    options: [new Option('--write', 'write docs/debate.md')]
  },
  async () => (await import('../actions/debate.ts')).debateCommand
)

import { define, GROUP } from '../define.ts'
import { formatOption, offered, outOption } from '../options.ts'

const KINDS = ['policies', 'actions', 'profiles', 'kernels', 'scenarios', 'steps', 'events']

export const list = define(
  'list',
  {
    group: GROUP.about,
    summary: 'list the policies, their actions, VMM profiles, kernels, scenarios, steps or events that there are',
    description: `Lists what there is of a kind, a line each: ${KINDS.join(', ')}.
Actions are what a policy can answer; steps are what a scenario can do; events are what a journal has, and what a scenario can expect.
With further words only those in whose line they stand.`,
    examples: ['seabus list policies', 'seabus list events guest sea', 'seabus list scenarios story --format json'],
    options: [formatOption(['text', 'json']), outOption()]
  },
  async () => (await import('../actions/list.ts')).listCommand
)
  .addArgument(offered('<kind>', 'of what', KINDS))
  .argument('[word...]', 'what has to stand in the line')

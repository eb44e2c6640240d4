import { Argument } from 'commander'
import { define, GROUP } from '../define.ts'

export const completion = define(
  'completion',
  {
    group: GROUP.about,
    summary: 'print what makes a shell complete commands, options and names',
    examples: [
      'source <(seabus completion bash)',
      'seabus completion zsh > ~/.zfunc/_seabus',
      'seabus completion fish > ~/.config/fish/completions/seabus.fish'
    ]
  },
  async () => (await import('../actions/completion.ts')).completionCommand
).addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))

import { Argument, Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatFlags, formatOption, outOption } from '../options.ts'

export const conform = define(
  'conform',
  {
    group: GROUP.layers,
    summary: 'check whoever serves a layer against its contract, rule by rule',
    description: `Checks whoever serves a layer against its contract, rule by rule, and plays its neighbours for that.
docs/conform.md says what is checked.

Exits 0 when it conforms, 1 when a rule is broken, 2 when it is no such layer, 3 when it is down.`,
    examples: ['seabus conform policy http://127.0.0.1:8005', 'seabus conform firmware http://127.0.0.1:8002'],
    options: [
      new Option('--listen <port>', 'the first port for the neighbours that are played'),
      new Option('--patience <ms>', 'how long something that the layer has to do may take'),
      new Option('--policy <name>', 'of a policy: which one to ask, where it has several'),
      new Option('--machine <name>', 'of a policy: the machine that questions are about'),
      new Option('--deadline <ms>', 'of a policy: how long an answer may take'),
      formatOption(['text', 'json', 'tap']),
      formatFlags(['json']),
      outOption()
    ]
  },
  async () => (await import('../actions/conform.ts')).conformCommand
)
  .addArgument(
    new Argument('<layer>', 'the layer that it serves').choices([
      'policy',
      'firmware',
      'vmm',
      'host-kernel',
      'guest',
      'hardware'
    ])
  )
  .argument('<url>', 'where it listens')

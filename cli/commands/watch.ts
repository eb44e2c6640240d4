import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { consoleOption, formatOption } from '../options.ts'

export const watch = define(
  'watch',
  {
    group: GROUP.system,
    summary: 'show what happens on a running system, as it happens',
    description: `Shows the journals of all services of a running system as one, cause before effect: what there is, and then what happens, until
Ctrl-C. A service or a console that goes away is waited for.
Filters are those of GET /v1/journal; of each several values may stand, with commas between them.`,
    examples: [
      'seabus watch',
      'seabus watch --machine m0 --new',
      'seabus watch --type signal.deliver,apei.notify',
      'seabus watch --layer host-kernel --all --format json | jq .data'
    ],
    options: [
      consoleOption(),
      new Option('--machine <name,…>', 'what happens on these machines'),
      new Option('--type <type,…>', 'entries of these types; seabus list events has them'),
      new Option('--from <layer,…>', 'what comes from these layers'),
      new Option('--to <layer,…>', 'what goes to these layers'),
      new Option('--layer <layer,…>', 'what comes from, goes to or happens in these layers'),
      new Option('--trace <id>', 'a trace id, or the id of a message: that and all that follows from it'),
      new Option('--new', 'only what happens from now on'),
      new Option('-n, --count <n>', 'leave after so many lines'),
      new Option('-a, --all', 'all entries, not only those of the story'),
      formatOption(['text', 'json'])
    ]
  },
  async () => (await import('../actions/watch.ts')).watchCommand
)

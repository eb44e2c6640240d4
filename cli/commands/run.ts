import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatFlags, formatOption, linuxOption, outOption, policyOption, urlOption, vmmOption } from '../options.ts'

/** Those that were options of their own before. */
const FLAGS = ['json', 'mermaid', 'tap', 'junit']
const FORMATS = ['text', ...FLAGS, 'svg', 'html']

export const run = define(
  'run',
  {
    group: GROUP.scenarios,
    summary: 'run scenario files and hold each run against what its file expects',
    description: `Runs scenario files, or the scenarios of directories, and holds each run against what its file expects.
One file is told as a story; of several each gets a line, and those that are not as expected their story.
Of one file svg is a picture of the story, and html the console's page with the run in it, to be opened anywhere.

Exits 0 when all are as expected, 1 when not, 2 for a file with a mistake, 3 when a service or a policy is down.`,
    examples: [
      'seabus run scenarios',
      'seabus run scenarios/01-story.yaml --policy sei --vmm qemu-10.2',
      'seabus run scenarios/01-story.yaml --policy http://127.0.0.1:8005',
      'seabus run scenarios/01-story.yaml --url http://127.0.0.1:7000 --keep',
      'seabus run scenarios --format junit --out report.xml',
      'seabus run scenarios/01-story.yaml --format svg --out story.svg',
      'seabus run scenarios/01-story.yaml --format html --out story.html'
    ],
    options: [
      policyOption(),
      vmmOption(),
      linuxOption(),
      urlOption(),
      new Option('--in-process', 'in this process; that is so anyway without --url').hideHelp(),
      new Option('--keep', 'with --url: leave the machine of the run there'),
      new Option('-v, --verbose', 'the story of each file, not of one alone or of those that fail'),
      new Option('--explain', 'each expectation with what came of it, and all that could be expected'),
      formatOption(FORMATS),
      formatFlags(FLAGS),
      outOption()
    ]
  },
  async () => (await import('../actions/run.ts')).runCommand
).argument('<file...>', 'scenario files, or directories of them')

import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatOption, linuxOption, outOption, policiesOptions, urlOption, vmmsOption } from '../options.ts'

export const matrix = define(
  'matrix',
  {
    group: GROUP.scenarios,
    summary: 'run every scenario with every VMM and policy, and show what each makes of the same errors',
    description: `Runs scenarios with every VMM and policy, and shows what each makes of the same errors.
Without files those that come with seabus are run.`,
    examples: [
      'seabus matrix',
      'seabus matrix scenarios/01-story.yaml --policy morse,sei --vmm reference,qemu-10.2',
      'seabus matrix scenarios/01-story.yaml --policy morse,http://127.0.0.1:8005',
      'seabus matrix --format csv --out matrix.csv'
    ],
    options: [
      policiesOptions(),
      vmmsOption(),
      linuxOption(),
      urlOption(),
      new Option('--scenarios <file,…>').hideHelp(),
      formatOption(['table', 'json', 'csv', 'svg']),
      outOption(),
      new Option('--write', 'write docs/matrix.json, from which the page draws the matrix')
    ]
  },
  async () => (await import('../actions/matrix.ts')).matrixCommand
).argument('[file...]', 'scenario files, or directories of them')

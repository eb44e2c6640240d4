import { define, GROUP } from '../define.ts'
import { formatOption, linuxOption, outOption, policiesOptions, urlOption, vmmsOption } from '../options.ts'

export const diff = define(
  'diff',
  {
    group: GROUP.scenarios,
    summary: 'say where two runs part, why, and how that makes their ends differ',
    description: `Says where two runs part, why, and how that makes their ends differ.
Two runs are two files, each what run --format json has written or a journal (NDJSON); or one scenario, run with two
policies or two VMMs.

Exits 0 when the two are the same, 1 when they part.`,
    examples: [
      'seabus diff scenarios/01-story.yaml --policy morse,sei',
      'seabus diff scenarios/01-story.yaml --vmm qemu-10.2,kvmtool --format json',
      'seabus diff before.json after.json'
    ],
    options: [policiesOptions(), vmmsOption(), linuxOption(), urlOption(), formatOption(['text', 'json']), outOption()]
  },
  async () => (await import('../actions/diff.ts')).diffCommand
).argument('<file...>', 'two runs, or one scenario')

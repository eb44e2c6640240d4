import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatOption, outOption } from '../options.ts'

export const trace = define(
  'trace',
  {
    group: GROUP.scenarios,
    summary: 'tell a run again that was written to a file or that a console has kept',
    description: `Tells a run again: one in a file or on standard input, which may be what run --format json wrote, the page with a run in it,
or a journal line by line (GET /v1/journal, GET /v1/runs/ID/journal); or one that a console has kept, by its address, or by its
id with --url.
svg is a picture of the story, and html the console's page with the run in it, to be opened anywhere.

Exits 1 when something is missing of the journal, so that nobody can say how it ended.`,
    examples: [
      'seabus trace run.json',
      'seabus trace exported.html --format mermaid',
      'seabus trace http://127.0.0.1:7000/v1/runs/ID --format html --out run.html',
      'seabus trace ID --url http://127.0.0.1:7000',
      'curl -s http://127.0.0.1:7000/v1/journal | seabus trace --machine m0'
    ],
    options: [
      new Option('--url <url>', 'what stands there is the id of a run that this console has kept'),
      new Option('--machine <name>', 'which machine, where the journal has several'),
      new Option('-a, --all', 'all entries, not only those of the story'),
      formatOption(['text', 'json', 'mermaid', 'svg', 'html']),
      outOption()
    ]
  },
  async () => (await import('../actions/trace.ts')).traceCommand
).argument('[file]', 'a file, the address of a run, or its id; standard input without it')

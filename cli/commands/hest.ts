import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatOption, outOption } from '../options.ts'

export const hest = define(
  'hest',
  {
    group: GROUP.bytes,
    summary: 'tell what a Hardware Error Source Table says',
    description: `Tells what a Hardware Error Source Table says, source by source, and which rules it breaks.
What a kernel would arm of it and what it would refuse is told by firmware, which takes a table by PUT …/hest.

Exits 1 when it breaks a rule.`,
    examples: ['seabus hest /sys/firmware/acpi/tables/HEST', 'seabus hest hest.dat --format tree'],
    options: [
      new Option('-a, --all', 'in the tree also fields that are zero and say nothing by that'),
      formatOption(['sources', 'tree', 'json', 'hexdump']),
      outOption()
    ]
  },
  async () => (await import('../actions/hest.ts')).hestCommand
).argument('[file]', 'the table; standard input without it')

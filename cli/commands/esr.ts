import { define, GROUP } from '../define.ts'
import { formatOption, outOption } from '../options.ts'

export const esr = define(
  'esr',
  {
    group: GROUP.bytes,
    summary: 'take an exception syndrome (ESR_ELx) apart',
    examples: ['seabus esr 0x96000410', 'seabus esr 0xbe000011 --format json'],
    options: [formatOption(['tree', 'json']), outOption()]
  },
  async () => (await import('../actions/registers.ts')).esrCommand
).argument('<value...>', 'as a kernel prints it: 0x96000410')

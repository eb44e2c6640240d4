import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { consoleOption, formatOption, linuxOption, outOption, policyOption, vmmOption } from '../options.ts'

/** As in shared/scenario/presets.ts, which a help does not load; a test holds the two together. */
const PRESETS = ['single', 'scrub', 'corrected', 'no-address']

export const inject = define(
  'inject',
  {
    group: GROUP.system,
    summary: 'make an error happen on a running system',
    description: `Makes an error happen on a running system, in one of four ways:
  --like single         what is most often asked for (${PRESETS.join(', ')}), run on a machine of its own
  --einj 0x10           as /sys/kernel/debug/apei/einj has it: the type, with --address as param1 and --mask as param2
  --address 0x…         a line of memory goes bad, and what that does to whoever reads it follows
  FILE                  firmware is handed this record: a status block or a UEFI CPER record
and says by which id it can be asked about. --wait waits until all that follows is over, and says what became of it.`,
    examples: [
      'seabus inject --like single --wait',
      'seabus inject --like scrub --policy sei --vmm qemu-10.2 --wait',
      'seabus inject --einj 0x10 --address 0x48001000 --notrigger --wait',
      'seabus inject --address 0x48001000 --signalled SEA',
      'seabus inject record.bin --source 1 --wait'
    ],
    options: [
      consoleOption(),
      new Option('--like <name>', 'an error that is often asked for').choices(PRESETS),
      policyOption(),
      vmmOption(),
      linuxOption(),
      new Option('--keep', 'with --like: its machine stays'),
      new Option('--machine <name>', 'where; m0 without it, and with --like always one of its own'),
      new Option('--einj <type>', 'an error type bit of EINJ'),
      new Option('--address <address>', 'physical address in the host'),
      new Option('--mask <mask>', 'with --einj: which bits of the address count; without it those of a page'),
      new Option(
        '--flags <n>',
        'with --einj: 1 CPU id, 2 address and mask, 4 SBDF; without it 2 where there is an address'
      ),
      new Option('--param3 <n>', 'with --einj: the CPU id'),
      new Option('--param4 <n>', 'with --einj: the SBDF of a PCIe device'),
      new Option('--notrigger', 'with --einj: only planted, for whoever comes upon it'),
      new Option('--signalled <how>', 'with --address: what reading the line raises').choices([
        'SEA',
        'SError',
        'interrupt'
      ]),
      new Option('--containment <state>', 'with --address: how far the error has spread; UER without it'),
      new Option('--severity <severity>', 'with --address: as the record has it; recoverable without it'),
      new Option('--source <n>', 'with FILE: whose record it is; 1, which is polled, without it'),
      new Option('--wait', 'until all is over, and say what became of it'),
      formatOption(['text', 'json']),
      outOption()
    ]
  },
  async () => (await import('../actions/inject.ts')).injectCommand
).argument('[file]', 'a record for firmware')

import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatOption, outOption } from '../options.ts'

export const siginfo = define(
  'siginfo',
  {
    group: GROUP.bytes,
    summary: 'decode a siginfo_t, or make the one of a memory error',
    description: `Decodes the 128 bytes of a siginfo_t, from a file or standard input (bytes, base64 or hexadecimal digits).
With --code it makes that of a SIGBUS instead.`,
    examples: [
      'seabus siginfo siginfo.bin',
      'seabus siginfo --code BUS_MCEERR_AR --address 0xffff90000000 --lsb 12',
      'seabus siginfo --code BUS_MCEERR_AO --address 0xffff90000000 --lsb 21 --format bytes --out siginfo.bin'
    ],
    options: [
      new Option('--code <name>', 'make one, with this si_code'),
      new Option('--address <address>', 'its si_addr'),
      new Option('--lsb <n>', 'its si_addr_lsb: 12 for a page of 4 KiB, 21 for one of 2 MiB'),
      formatOption(['tree', 'json', 'hexdump', 'bytes']),
      outOption()
    ]
  },
  async () => (await import('../actions/registers.ts')).siginfoCommand
).argument('[file]', 'the bytes; standard input without it')

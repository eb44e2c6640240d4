import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatFlags, formatOption, linuxOption, outOption } from '../options.ts'

export const dmesg = define(
  'dmesg',
  {
    group: GROUP.kernels,
    summary: 'rebuild the records of pasted "[Hardware Error]" lines and show the model\'s lines beside them',
    description: `Rebuilds the records that "[Hardware Error]" lines of a kernel log were printed from, runs them on the model, and shows
its lines beside those of the log.`,
    examples: [
      'dmesg | seabus dmesg',
      'seabus dmesg report.txt --linux 6.1 --notify SDEI',
      'seabus dmesg report.txt --record record.bin --scenario what-happened.yaml'
    ],
    options: [
      linuxOption(),
      new Option('--notify <name>', 'how the kernel was told, where the log does not say'),
      new Option('--source <n>', 'the error source, where the log does not say'),
      new Option('--record <file>', 'write the bytes of the record'),
      new Option('--report <n>', 'which report of the log, from 1'),
      new Option('--scenario <file>', 'write a scenario to go on from'),
      formatOption(['text', 'json']),
      formatFlags(['json']),
      outOption()
    ]
  },
  async () => (await import('../actions/dmesg.ts')).dmesgCommand
).argument('[file]', 'the log; standard input without it')

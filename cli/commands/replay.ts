import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatFlags, formatOption, linuxOption, outOption } from '../options.ts'

export const replay = define(
  'replay',
  {
    group: GROUP.kernels,
    summary: 'compare recordings of real kernels with the model',
    description: `Compares recordings of real kernels with the model.

Exits 1 on any difference.`,
    examples: [
      'seabus replay test/fixtures/real-kernel/6.1/polled-anon-early.json',
      'seabus replay test/fixtures/real-kernel --format json --out replay.json',
      'seabus replay recording.json --predict --linux 6.12'
    ],
    options: [
      new Option('--predict', 'what the model says will be observed, from "input" alone, and on which assumptions'),
      linuxOption(),
      formatOption(['text', 'json']),
      formatFlags(['json']),
      outOption()
    ]
  },
  async () => {
    const { replay: act } = await import('../actions/replay.ts')
    return ({ format, predict, linux }, paths) =>
      act(paths, {
        json: format === 'json',
        predict: predict === true,
        linux: typeof linux === 'string' ? linux : undefined
      })
  }
).argument('<file...>', 'recordings, or directories of them')

import { Option } from 'commander'
import type { RasdaemonOptions } from '../actions/replay-rasdaemon.ts'
import { text, UsageError } from '../command.ts'
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
      'seabus replay recording.json --predict --linux 6.12',
      'seabus replay --rasdaemon /var/lib/rasdaemon/ras-mc_event.db scenarios/01-story.yaml'
    ],
    options: [
      new Option('--predict', 'what the model says will be observed, from "input" alone, and on which assumptions'),
      new Option(
        '--rasdaemon <database>',
        "hold the tracepoints of a run, a scenario or a journal, against a database of rasdaemon's instead"
      ),
      new Option('--guest <vm>', "with --rasdaemon: that of the guest of this VM, in place of the host's"),
      linuxOption(),
      formatOption(['text', 'json']),
      formatFlags(['json']),
      outOption()
    ]
  },
  async () => {
    const { replay: act } = await import('../actions/replay.ts')
    return ({ format, predict, linux, rasdaemon, guest }, paths) => {
      const options = { json: format === 'json', predict: predict === true, linux: text(linux) }
      if (typeof rasdaemon !== 'string') {
        if (guest !== undefined) throw new UsageError('seabus replay: --guest goes with --rasdaemon')
        return act(paths, options)
      }
      return heldAgainstRasdaemon({ ...options, database: rasdaemon, vm: text(guest) }, paths)
    }
  }
).argument('<file...>', 'recordings, or directories of them; with --rasdaemon one scenario, or one journal')

async function heldAgainstRasdaemon(
  options: Omit<RasdaemonOptions, 'run'> & { readonly predict: boolean },
  paths: readonly string[]
) {
  const [run, ...more] = paths
  if (run === undefined || more.length > 0)
    throw new UsageError('seabus replay --rasdaemon: name one scenario or one journal')
  if (options.predict) throw new UsageError('seabus replay: --predict is of recordings, not of --rasdaemon')
  const { replayRasdaemon } = await import('../actions/replay-rasdaemon.ts')
  return replayRasdaemon({ ...options, run })
}

import { Option } from 'commander'
import { define, GROUP } from '../define.ts'

export const doctor = define(
  'doctor',
  {
    group: GROUP.system,
    summary: 'tell what is sound in a data directory, and keep that',
    description: `Tells what is sound in a data directory. Services must not run on it.

Exits 1 when something is damaged or missing.`,
    examples: ['seabus doctor --data ./data', 'seabus doctor --data ./data --export > data.ndjson'],
    options: [
      new Option('--data <dir>', 'the directory; without it that of SEABUS_DATA'),
      new Option('--salvage', 'keep what is sound; the damaged files stay beside it'),
      new Option('--export', 'write everything as NDJSON')
    ]
  },
  async () => (await import('../actions/doctor.ts')).doctorCommand
)

import { Option } from 'commander'
import { define, GROUP } from '../define.ts'

export const up = define(
  'up',
  {
    group: GROUP.system,
    summary: 'start all seven services, tell the story on them, and serve until Ctrl-C',
    description: `Starts the seven services in this process, on 127.0.0.1, tells the story and its counter-example on them, and serves until
Ctrl-C: what npm start does in a clone. A layer whose *_URL variable is set is yours, and is not started here.
All variables that services read hold; npm run service -- --help has them, and docs/ says what each is for.

With --once it exits 0 when both stories ended as they must, 1 when not.`,
    examples: [
      'seabus up',
      'seabus up --port 17000 --data ./data',
      'seabus up --qmp ./qmp,4445',
      'POLICY_URL=http://127.0.0.1:8005 seabus up --once'
    ],
    options: [
      new Option('--once', 'leave after the stories'),
      new Option('--port <base>', 'where the ports begin: the console has this one, the services those behind it'),
      new Option('--data <dir>', 'keep everything here; without it nothing survives a restart'),
      new Option('--qmp <where>', 'QMP monitors for VMs: a directory, a port, or both with a comma (docs/qmp.md)')
    ]
  },
  async () => (await import('../actions/up.ts')).upCommand
)

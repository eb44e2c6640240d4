import { parseArgs } from 'node:util'
import { URL_VARIABLE } from '../shared/contracts/layer.ts'
import { variablesHelp } from '../shared/service/variables.ts'

const HELP = `npm start [-- --once] [--qmp WHERE]

Starts the seven services on 127.0.0.1, walks the story and its counter-example, and serves until Ctrl-C.
A layer whose *_URL variable is set (${Object.values(URL_VARIABLE).join(', ')}) is yours: it is not started here.

  --once   leave after the walk: 0 when both stories ended as they must, 1 when not
  --qmp    QMP monitors for VMs: a directory, a port, or both with a comma; as SEABUS_QMP
  --help   this text

What nobody must miss (a refusal, a loss, a neighbour that does not answer) comes as a line each on standard error;
with SEABUS_LOG set, even to warn, as JSON lines.

SEABUS_PORT_BASE=17000 moves the ports: the console is then at 17000, the services are behind it.

Variables:
${variablesHelp()}`

function options(): { once: boolean; help: boolean; qmp: string | undefined } {
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean' }, help: { type: 'boolean' }, qmp: { type: 'string' } }
    })
    return { once: values.once ?? false, help: values.help ?? false, qmp: values.qmp }
  } catch (error) {
    console.error(`${(error as Error).message.split('.')[0]}; npm start -- --help tells what there is`)
    process.exit(2)
  }
}

const { once, help, qmp } = options()
if (help) {
  console.log(HELP)
  process.exit(0)
}
const { startAndWalk } = await import('./up/start-and-walk.ts')
await startAndWalk(once, qmp === undefined ? process.env : { ...process.env, SEABUS_QMP: qmp })

/** Starts what the bench starts: a service, a node of the ring, one that is busy for ever, and a command. */
import { startChild } from '../../bench/processes/child.ts'
import { portBase } from '../../bench/processes/ports.ts'
import { timed } from '../../bench/processes/timed.ts'

const base = await portBase()
const service = startChild('cli/service.ts', { args: ['policy'], env: { SEABUS_PORT_BASE: String(base) } })
const ring = startChild('bench/processes/ring.ts', { args: [base + 7, 0, 1, 1].map(String) })
const busy = startChild('test/bench/busy.ts')
void timed(['bash', '-c', 'echo the command runs >&2; sleep 1000 & wait'], {})
await service.says('serves')
await ring.says('the ring listens')
await busy.says('busy')
console.log('the children run')

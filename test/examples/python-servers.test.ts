import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { served } from '../support/commands.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
/** As many as `seabus conform` has open at once, and then some. */
const CALLERS = 64

/** A server of an example that listens and never gets round to whoever calls. */
const busy = (module: string, handler: string) => `
import signal, sys
sys.path.insert(0, ${JSON.stringify(join(EXAMPLES, `${module}-python`))})
sys.dont_write_bytecode = True
import ${module}
server = ${module}.Server(("127.0.0.1", 0), ${module}.${handler})
print(server.server_port, flush=True)
signal.pause()
`

for (const [module, handler] of [
  ['policy', 'Policy'],
  ['firmware', 'Firmware'],
  ['vmm', 'Vmm']
] as const) {
  void t.test(`whoever calls the ${module} in Python while it is busy waits, and is not dropped`, async (t) => {
    const port = Number(await served(t, 'python3', ['-c', busy(module, handler)]))

    const calls: Socket[] = Array.from({ length: CALLERS }, () => connect(port, '127.0.0.1'))
    t.teardown(() => calls.forEach((call) => call.destroy()))
    await Promise.all(calls.map(async (call) => once(call, 'connect')))

    t.equal(calls.filter(({ readyState }) => readyState === 'open').length, CALLERS)
  })
}

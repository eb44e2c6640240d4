import { freePortBase } from './ports.ts'
import { program, shellProgram } from './programs.ts'

/**
 * A test process that never ends what it has started, for guarded.test.ts: a service, and a shell that ignores SIGTERM and
 * has npm start all seven. Its line says who it is and where they listen, as JSON.
 */
const [one, all] = [await freePortBase(), await freePortBase()]
const service = program('cli/service.ts', ['firmware'], { SEABUS_PORT: `${one}` })
const shell = shellProgram('trap "" TERM; npm start; true', { SEABUS_PORT_BASE: `${all}` })
await Promise.all([service.says('firmware serves'), shell.says('Ctrl-C ends it.')])
console.log(JSON.stringify({ pid: process.pid, ports: [one, ...Array.from({ length: 7 }, (_, i) => all + i)] }))

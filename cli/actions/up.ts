import { EXIT, text, UsageError, type Done, type Values } from '../command.ts'
import { startAndWalk } from '../up/start-and-walk.ts'

/** `seabus up`: starts everything. Comes back while it serves, which a signal ends. */
export async function upCommand(values: Values): Promise<Done> {
  const [port, data, qmp] = [text(values['port']), text(values['data']), text(values['qmp'])]
  if (port !== undefined && !/^\d+$/.test(port))
    throw new UsageError(`seabus up: --port ${port}: a number such as 17000`)
  await startAndWalk(values['once'] === true, {
    ...process.env,
    ...(port === undefined ? {} : { SEABUS_PORT_BASE: port }),
    ...(data === undefined ? {} : { SEABUS_DATA: data }),
    ...(qmp === undefined ? {} : { SEABUS_QMP: qmp })
  })
  return { output: '', exitCode: EXIT.asExpected }
}

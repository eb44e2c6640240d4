import { EnvironmentError, type Environment } from './read-variable.ts'

/** Where the VMs of a service have their QMP monitors. */
export interface QmpPlaces {
  /** A Unix socket each, in this directory. */
  readonly directory?: string | undefined
  /** A TCP port of 127.0.0.1 each, from this one on. */
  readonly port?: number | undefined
}

const LAST_PORT = 65_535

/** `SEABUS_QMP`: a directory, a port, or both with a comma. Undefined when nobody asks for monitors. Throws EnvironmentError. */
export function qmpFromEnv(env: Environment): QmpPlaces | undefined {
  const parts = (env['SEABUS_QMP'] ?? '').split(',').map((part) => part.trim())
  const named = parts.filter((part) => part !== '')
  const [ports, directories] = [named.filter(isNumber), named.filter((part) => !isNumber(part))]
  if (ports.length > 1 || directories.length > 1) {
    throw new EnvironmentError(
      `SEABUS_QMP is a directory, a port, or both with a comma between, not ${named.join(',')}`
    )
  }
  const [port, directory] = [ports[0] === undefined ? undefined : Number(ports[0]), directories[0]]
  if (port !== undefined && (port < 1 || port > LAST_PORT)) {
    throw new EnvironmentError(`SEABUS_QMP: a port is a number from 1 to ${LAST_PORT}, not ${port}`)
  }
  return named.length === 0 ? undefined : { directory, port }
}
const isNumber = (text: string) => /^\d+$/.test(text)

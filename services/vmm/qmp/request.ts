import { isObject, type QmpObject, type QmpValue } from './json-value.ts'
import { QmpError } from './qmp-error.ts'

/** A command as a client gives it. */
export interface Request {
  readonly command: string
  readonly isOutOfBand: boolean
  readonly args: QmpObject
}

/**
 * What a client asks for. Throws QmpError for what is no command.
 *
 * Spec: QEMU 10.2 qapi/qmp-dispatch.c, qmp_dispatch_check_obj.
 * Fidelity: exact but for which of two mistakes is told first.
 */
export function requestOf(value: QmpValue, allowsOutOfBand: boolean): Request {
  if (!isObject(value)) throw new QmpError('QMP input must be a JSON object')
  let execute: string | undefined
  for (const [name, member] of Object.entries(value)) {
    if (name === 'execute' || (name === 'exec-oob' && allowsOutOfBand)) {
      if (typeof member !== 'string') throw new QmpError(`QMP input member '${name}' must be a string`)
      if (execute !== undefined) throw new QmpError(`QMP input member '${name}' clashes with '${execute}'`)
      execute = name
    } else if (name === 'arguments') {
      if (!isObject(member)) throw new QmpError("QMP input member 'arguments' must be an object")
    } else if (name !== 'id') throw new QmpError(`QMP input member '${name}' is unexpected`)
  }
  if (execute === undefined) throw new QmpError("QMP input lacks member 'execute'")
  const args = (value['arguments'] ?? {}) as QmpObject
  return { command: value[execute] as string, isOutOfBand: execute === 'exec-oob', args }
}

/** The members that a command takes: of which JSON type, and whether it can do without. */
export type Members = Readonly<
  Record<string, { readonly type: 'string' | 'boolean' | 'array'; readonly optional?: true }>
>

/** Throws QmpError for arguments that a command does not take, as QAPI's input visitor words it. */
export function requireMembers(args: QmpObject, members: Members): void {
  for (const [name, { type, optional }] of Object.entries(members)) {
    const value = args[name]
    if (value === undefined) {
      if (optional !== true) throw new QmpError(`Parameter '${name}' is missing`)
    } else if (type === 'array' ? !Array.isArray(value) : typeof value !== type) {
      throw new QmpError(`Invalid parameter type for '${name}', expected: ${type}`)
    }
  }
  const unknown = Object.keys(args).find((name) => !Object.hasOwn(members, name))
  if (unknown !== undefined) throw new QmpError(`Parameter '${unknown}' is unexpected`)
}

import type { QmpObject, QmpValue } from './json-value.ts'

/** QapiErrorClass, as far as anything here fails by it. */
export type QmpErrorClass = 'GenericError' | 'CommandNotFound' | 'DeviceNotFound'

/** Why a command is not carried out. */
export class QmpError extends Error {
  readonly errorClass: QmpErrorClass

  constructor(desc: string, errorClass: QmpErrorClass = 'GenericError') {
    super(desc)
    this.errorClass = errorClass
  }
}

/** An answer with the id of its command, which is absent where the command has none. */
export const success = (value: QmpValue, id: QmpValue | undefined): QmpObject =>
  id === undefined ? { return: value } : { return: value, id }

export function failure({ errorClass, message }: QmpError, id?: QmpValue): QmpObject {
  const error = { class: errorClass, desc: message }
  return id === undefined ? { error } : { id, error }
}

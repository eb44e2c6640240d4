import { einjInject, einjTypes } from '../../shared/contracts/firmware.ts'
import type { einjInjectHost, einjTypesHost } from '../../shared/contracts/host-kernel.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { EINJ_FLAG, type SetErrorType } from '../../shared/formats/einj.ts'
import { availableErrorType, einjRefuses, einjTypeName, setErrorType } from '../../shared/linux/apei/einj.ts'
import { isRefused, type Answering, type Said } from '../../shared/model/io.ts'
import type { Session } from './session.ts'

/**
 * Values in the files of /sys/kernel/debug/apei/einj and a write to error_inject. What the driver refuses is refused before
 * firmware hears of it; what firmware refuses then is -EINVAL too, its command status being invalid access.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/einj.c, einj_error_inject, __einj_error_inject.
 * Fidelity: approximates: one message for what are several writes, so that no file keeps its value.
 */
export function onEinjInject(
  s: Session,
  {
    type,
    flags = 0,
    param1 = 0n,
    param2 = 0n,
    param3 = 0,
    param4 = 0,
    notrigger = 0,
    signalled
  }: DataOf<typeof einjInjectHost>,
  { answer }: Answering<typeof einjInjectHost>
): Said {
  const files = { errorType: type, flags, param1, param2, param3, param4 }
  const refused = einjRefuses(s.k, offered(s).errorType, files)
  if (refused !== undefined) {
    const field = refused.file === 'errorType' ? 'type' : refused.file
    return s.io.refuse('system-call-failed', `EINVAL: ${refused.because}`, `/${field}`)
  }
  const asked = requestOf(setErrorType(files))
  const told = s.io.ask(einjInject, {
    ...asked,
    flags: asked.flags | (flags & EINJ_FLAG.v2),
    notrigger,
    ...(signalled === undefined ? {} : { signalled })
  })
  if (isRefused(told)) return s.io.refuse('system-call-failed', `EINVAL from firmware: ${told.refused.detail}`)
  return answer({ errno: 0 })
}

/** The fields of SET_ERROR_TYPE_WITH_ADDRESS as firmware's door names them. */
function requestOf({ type, apicId, memoryAddress, memoryAddressMask, pcieSbdf }: SetErrorType) {
  return {
    type,
    flags:
      (apicId === undefined ? 0 : EINJ_FLAG.cpuId) |
      (memoryAddress === undefined ? 0 : EINJ_FLAG.memoryAddressAndMask) |
      (pcieSbdf === undefined ? 0 : EINJ_FLAG.pcieSbdf),
    ...(memoryAddress === undefined ? {} : { param1: memoryAddress }),
    ...(memoryAddressMask === undefined ? {} : { param2: memoryAddressMask }),
    ...(apicId === undefined ? {} : { param3: apicId }),
    ...(pcieSbdf === undefined ? {} : { param4: pcieSbdf })
  }
}

/** available_error_type, as bits and as the file reads. */
export function onEinjTypes(s: Session, _: unknown, { answer }: Answering<typeof einjTypesHost>): Said {
  const { errorType, types } = offered(s)
  return answer({
    errorType,
    types: types.map(({ type, name }) => ({ type, name: einjTypeName(type) ?? name })),
    availableErrorType: availableErrorType(errorType)
  })
}

function offered(s: Session) {
  const offer = s.io.ask(einjTypes, {})
  return isRefused(offer) ? s.io.refuse('system-call-failed', `ENODEV: no EINJ table: ${offer.refused.detail}`) : offer
}

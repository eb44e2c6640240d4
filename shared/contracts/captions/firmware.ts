import {
  bootErrorsInstall,
  einjInject,
  einjTypes,
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  firmwareProfile,
  hestInstall,
  hestRead,
  memoryRead,
  memoryWatch,
  memoryWrite,
  notificationChoose,
  sdeiMask
} from '../firmware.ts'
import { byteCount, fieldsOf, optional, wordOrCount } from '../sentence.ts'
import { caption } from './message-caption.ts'
import { exceptionNotice } from './notices.ts'

/** Messages to EL3. */
export const FIRMWARE_CAPTIONS = [
  caption(exceptionTakeEl3, {
    level: 'story',
    mark: 'exception',
    rule: 'services/hardware/route-exception.ts#routeException',
    notice: exceptionNotice,
    says: (d) =>
      `${d.exception} taken to EL${d.el}: ESR ${d.esr}${optional(' FAR ', d.far)}${optional(' IPA ', d.guestPhysical)}`
  }),
  caption(errorInterrupt, {
    level: 'story',
    mark: 'exception',
    rule: 'services/hardware/ras-node.ts#rasRecord',
    notice: ({ record }) => ({ by: 'fault handling interrupt', at: { hostPhysical: record.hostPhysical } }),
    says: ({ record }) =>
      `fault handling interrupt: ${record.severity} ${record.kind} error${optional(' at ', record.hostPhysical)}, ERR<n>STATUS ${record.status}`
  }),
  caption(errorRecordSubmit, {
    level: 'story',
    notice: ({ source }) => ({ by: `a record for source ${source}` }),
    says: ({ source, bytes }) => `a record of ${byteCount(bytes)} for source ${source}`
  }),
  caption(einjInject, {
    level: 'story',
    notice: ({ param1 }) => ({ by: 'an EINJ request', at: { hostPhysical: param1 } }),
    says: (d) => `EINJ: ${fieldsOf(d)}`
  }),
  caption(einjTypes, { level: 'detail', says: () => 'asks EINJ for its error types' }),
  caption(notificationChoose, { level: 'detail', says: (d) => `notify the OS so: ${fieldsOf(d)}` }),
  caption(hestInstall, { level: 'detail', says: (d) => `another HEST: ${byteCount(d.table)}` }),
  caption(bootErrorsInstall, {
    level: 'story',
    notice: () => ({ by: 'a record of the previous boot' }),
    says: ({ bytes }) => `what was kept of the previous boot: ${byteCount(bytes)}`
  }),
  caption(hestRead, { level: 'detail', says: () => 'reads the HEST' }),
  caption(memoryRead, { level: 'detail', says: (d) => `reads ${d.length} bytes at ${d.hostPhysical}` }),
  caption(memoryWrite, { level: 'story', says: (d) => `writes ${wordOrCount(d.bytes)} at ${d.hostPhysical}` }),
  caption(firmwareProfile, { level: 'detail', says: (d) => `firmware is ${d.profile}` }),
  caption(sdeiMask, { level: 'detail', says: (d) => `SDEI_PE_${d.peMasked ? 'MASK' : 'UNMASK'}` }),
  caption(memoryWatch, { level: 'detail', says: (d) => `wants to hear when ${d.hostPhysical} is not zero` })
]

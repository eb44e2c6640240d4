import {
  accessCompleteHost,
  apeiNotify,
  einjInjectHost,
  einjTypesHost,
  exceptionTakeEl2,
  hostBoot,
  memoryChanged,
  platformHalt,
  processAccess,
  processCreate,
  processExit,
  processRead,
  processRemap,
  sysctlSet
} from '../host-kernel.ts'
import { counted, fieldsOf, optional, who } from '../sentence.ts'
import { caption } from './message-caption.ts'
import { exceptionNotice } from './notices.ts'

/** Messages to the host kernel and its processes. */
export const HOST_KERNEL_CAPTIONS = [
  caption(hostBoot, { level: 'detail', says: (d) => `boot: ${fieldsOf(d)}` }),
  caption(einjInjectHost, {
    level: 'story',
    rule: 'shared/linux/apei/einj.ts#einjRefuses',
    says: (d) => `debugfs EINJ: ${fieldsOf(d)}`
  }),
  caption(einjTypesHost, { level: 'detail', says: () => 'reads available_error_type' }),
  caption(platformHalt, { level: 'story', mark: 'end', says: ({ because }) => `the platform stops: ${because}` }),
  caption(apeiNotify, {
    level: 'story',
    mark: 'notification',
    rule: 'services/firmware/notify-os.ts#notifyOs',
    notice: ({ notify }) => ({ by: notify }),
    says: (d) => `notification ${d.notify} for error source ${d.source}${optional(' vector ', d.vector)}`
  }),
  caption(exceptionTakeEl2, {
    level: 'story',
    mark: 'exception',
    rule: ({ exception }) =>
      exception === 'stage-2-fault'
        ? 'services/hardware/take-exception.ts#takeStage2Fault'
        : 'services/hardware/route-exception.ts#routeException',
    lanes: ({ interrupted }) => (interrupted.vm === undefined ? undefined : { to: 'kvm' }),
    notice: exceptionNotice,
    says: (d) =>
      `${d.exception} taken to EL${d.el}: ESR ${d.esr}${optional(' FAR ', d.far)}${optional(' IPA ', d.guestPhysical)}`
  }),
  caption(accessCompleteHost, {
    level: 'story',
    lanes: { to: 'process' },
    says: (d) => `access of ${who(d)} completed with good data`
  }),
  caption(processCreate, {
    level: 'detail',
    says: ({ pid, comm, mappings }) => `process ${comm}, pid ${pid}, ${counted(mappings.length, 'mapping')}`
  }),
  caption(processAccess, {
    level: 'story',
    lanes: { to: 'process' },
    says: ({ pid, tid, access, hostVirtual, via }) =>
      `thread ${pid}/${tid ?? pid} will ${access} VA ${hostVirtual}${via === 'syscall' ? ' in a system call' : ''}`
  }),
  caption(processRemap, {
    level: 'story',
    says: ({ pid, hostVirtual, length }) => `munmap and mmap: ${length} bytes at ${hostVirtual} of pid ${pid}`
  }),
  caption(processRead, {
    level: 'story',
    lanes: { to: 'process' },
    says: ({ pid, tid, hostVirtual, length }) =>
      `thread ${pid}/${tid ?? pid} reads all ${length} bytes at ${hostVirtual}`
  }),
  caption(processExit, {
    level: 'story',
    mark: 'end',
    says: ({ pid, code, signal }) =>
      signal === undefined ? `pid ${pid} exits with ${code ?? 0}` : `pid ${pid} ends by signal ${signal}`
  }),
  caption(sysctlSet, { level: 'detail', says: ({ name, value }) => `sysctl ${name} = ${value}` }),
  caption(memoryChanged, { level: 'detail', says: (d) => `${d.hostPhysical} is not zero any more` })
]

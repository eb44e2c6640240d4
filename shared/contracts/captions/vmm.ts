import { SIGBUS } from '../../formats/siginfo.ts'
import { fieldsOf, optional } from '../sentence.ts'
import {
  exceptionTell,
  fwCfgWrite,
  hostDown,
  kvmExit,
  signalDeliver,
  vmCreate,
  vmInjectError,
  vmMigrate,
  vmPause,
  vmPolicy,
  vmReset,
  vmResume,
  vmStop,
  vmDelete
} from '../vmm.ts'
import { caption } from './message-caption.ts'

/** Messages to a VMM. */
export const VMM_CAPTIONS = [
  caption(vmCreate, { level: 'detail', says: (d) => `create ${d.vm}: ${fieldsOf(d, ['vm'])}` }),
  caption(signalDeliver, {
    level: 'story',
    mark: 'signal',
    rule: 'shared/linux/kernel/signal.ts#sendSignal',
    notice: ({ codeName, hostVirtual }) => ({ by: codeName, at: { hostVirtual } }),
    says: (d) =>
      `${d.signo === SIGBUS ? 'SIGBUS' : `signal ${d.signo}`} ${d.codeName} to thread ${d.tid}: si_addr ${d.hostVirtual ?? '-'} si_addr_lsb ${d.addressLsb ?? '-'}`
  }),
  caption(kvmExit, {
    level: 'story',
    mark: ({ armSea }) => (armSea === undefined ? 'call' : 'exception'),
    rule: 'services/host-kernel/kvm-run.ts#runVcpu',
    notice: ({ armSea }) =>
      armSea === undefined ? undefined : { by: 'KVM_EXIT_ARM_SEA', at: { guestVirtual: armSea.gva } },
    lanes: { from: 'kvm' },
    says: (d) =>
      `KVM_RUN = ${d.ret}, errno ${d.errno}, exit_reason ${d.exitReason}, PC ${d.pc}${optional(', ', d.systemEvent)}`
  }),
  caption(exceptionTell, {
    level: 'story',
    mark: 'exception',
    lanes: { from: 'kvm' },
    notice: ({ kind }) => ({ by: `${kind} of the hardware` }),
    says: ({ kind, esr }) => `the hardware raised ${kind}, ESR ${esr}`
  }),
  caption(hostDown, { level: 'story', mark: 'end', says: ({ because }) => `the host is no more: ${because}` }),
  caption(vmReset, { level: 'story', says: ({ vm }) => `reset of ${vm}` }),
  caption(vmMigrate, { level: 'story', says: ({ vm }) => `migration of ${vm}` }),
  caption(vmStop, { level: 'story', says: ({ vm }) => `stop of ${vm}` }),
  caption(vmPause, { level: 'story', says: ({ vm }) => `pause of ${vm}` }),
  caption(vmResume, { level: 'story', says: ({ vm }) => `${vm} is to go on` }),
  caption(vmDelete, { level: 'story', says: ({ vm }) => `deletion of ${vm}` }),
  caption(vmPolicy, { level: 'detail', says: (d) => `another policy for ${d.vm}: ${fieldsOf(d, ['vm'])}` }),
  caption(vmInjectError, {
    level: 'story',
    notice: () => ({ by: 'a QMP request' }),
    says: ({ vm }) => `QMP inject-ghes-v2-error for ${vm}`
  }),
  caption(fwCfgWrite, { level: 'detail', says: (d) => `fw_cfg: ${fieldsOf(d)}` })
]

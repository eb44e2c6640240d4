import {
  addressDecode,
  errorInject,
  exceptionReturn,
  lineRepair,
  memoryAccess,
  memoryMap,
  patrolScrub,
  peHalt,
  routingSet,
  stage2Map,
  stage2Unmap,
  tlbInvalidate
} from '../hardware.ts'
import { counted, fieldsOf, who } from '../sentence.ts'
import { caption } from './message-caption.ts'

/** Messages to the hardware. A context with a VM is a vCPU, which KVM sends back into the guest; else it is a process. */
const ofProcess = ({ vm }: { readonly vm?: string }) => vm === undefined

export const HARDWARE_CAPTIONS = [
  caption(errorInject, {
    level: 'story',
    notice: ({ kind, severity, hostPhysical }) => ({ by: `a ${severity} ${kind} error`, at: { hostPhysical } }),
    says: (d) =>
      `${d.kind} error at ${d.hostPhysical}: ${d.severity}, contained as ${d.containment}, consuming it raises ${d.signalled}`
  }),
  caption(addressDecode, { level: 'detail', says: (d) => `asks what is at ${d.hostPhysical}` }),
  caption(memoryAccess, {
    level: 'story',
    lanes: (d) => ({ from: ofProcess(d) ? 'process' : 'kvm' }),
    says: (d) => `${who(d)} EL${d.el} ${d.access} VA ${d.virtual} PA ${d.physical} at PC ${d.pc}`
  }),
  caption(exceptionReturn, {
    level: 'story',
    lanes: (d) => ({ from: ofProcess(d) ? 'host-kernel' : 'kvm' }),
    says: (d) => `ERET to ${who(d)}: the instruction executes again`
  }),
  caption(peHalt, {
    level: 'detail',
    says: (d) =>
      `whatever waits to be taken again is given up${d.vm === undefined && d.pid === undefined ? '' : ` by ${who(d)}`}`
  }),
  caption(stage2Map, {
    level: 'story',
    lanes: { from: 'kvm' },
    rule: 'shared/linux/kvm/user-mem-abort.ts#userMemAbort',
    says: (d) => `stage 2: IPA ${d.guestPhysical} -> PA ${d.hostPhysical}, ${d.length} bytes`
  }),
  caption(stage2Unmap, {
    level: 'story',
    lanes: { from: 'kvm' },
    rule: 'services/host-kernel/session.ts#invalidateStage2',
    says: (d) => `stage 2: IPA ${d.guestPhysical} unmapped, ${d.length} bytes`
  }),
  caption(tlbInvalidate, {
    level: 'detail',
    says: (d) => `TLBI: ${d.length} bytes at ${d.hostVirtual} of pid ${d.pid}`
  }),
  caption(routingSet, { level: 'detail', says: (d) => `routing: ${fieldsOf(d)}` }),
  caption(memoryMap, { level: 'detail', says: (d) => `RAM: ${counted(d.ranges.length, 'range')}` }),
  caption(lineRepair, { level: 'detail', says: (d) => `the line at ${d.hostPhysical} is to be repaired` }),
  caption(patrolScrub, { level: 'detail', says: (d) => `patrol scrub from ${d.start} to ${d.end}` })
]

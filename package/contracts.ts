/**
 * `import … from 'seabus/contracts'`: what the layers say to each other, as values that have a schema each, and what they
 * write into their journals. In data of messages addresses are `bigint` and bytes `Uint8Array`; JSON has `"0x…"` and base64.
 */
import './older-node.ts'

export {
  LAYERS,
  MODELLED_LAYERS,
  PORTS,
  URL_VARIABLE,
  type Layer,
  type ModelledLayer
} from '../shared/contracts/layer.ts'
export type { DataOf, MessageType, OneWayType, QuestionType } from '../shared/contracts/message.ts'
export { ACCEPTS as MESSAGES, messageType } from '../shared/contracts/registry.ts'
export { fromJson, toJson } from './json.ts'

export {
  isProblemCode,
  PROBLEMS,
  ProblemError,
  type Problem,
  type ProblemCode,
  type TextError
} from '../shared/contracts/problem.ts'
export type { Became, Waits } from '../shared/contracts/became.ts'

// hardware
export {
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
} from '../shared/contracts/hardware.ts'
export type { AccessKind, Containment, ErrorException, Notification, Severity } from '../shared/contracts/common.ts'

// firmware
export {
  bootErrorsInstall,
  errorInterrupt,
  errorRecordSubmit,
  exceptionTakeEl3,
  firmwareProfile,
  memoryRead,
  memoryWatch,
  memoryWrite,
  notificationChoose,
  sdeiMask
} from '../shared/contracts/firmware.ts'
export { einjInject, einjInjectHost, einjTypes, einjTypesHost } from '../shared/contracts/einj.ts'
export { hestInstall, hestRead } from '../shared/contracts/hest-tables.ts'

// host-kernel
export {
  accessCompleteHost,
  apeiNotify,
  exceptionTakeEl2,
  hostBoot,
  memoryChanged,
  platformHalt,
  sysctlSet
} from '../shared/contracts/host-kernel.ts'
export {
  processAccess,
  processCreate,
  processExit,
  processRead,
  processRemap
} from '../shared/contracts/host-processes.ts'
export { hostPageOffline, processMadvise, processPrctl } from '../shared/contracts/system-calls.ts'
export {
  kvmCreateVcpu,
  kvmCreateVm,
  kvmEnableCap,
  kvmGetOneReg,
  kvmGetVcpuEvents,
  kvmIrqLine,
  kvmKick,
  kvmRun,
  kvmSetOneReg,
  kvmSetUserMemoryRegion,
  kvmSetVcpuEvents,
  kvmVcpuInit,
  vcpuEsb,
  vcpuExit
} from '../shared/contracts/kvm.ts'

// vmm
export {
  exceptionTell,
  fwCfgWrite,
  hostDown,
  kvmExit,
  signalDeliver,
  vmCreate,
  vmDelete,
  vmInjectError,
  vmMigrate,
  vmPause,
  vmPolicy,
  VMM_PROFILES,
  vmReset,
  vmResume,
  vmStop
} from '../shared/contracts/vmm.ts'

// policy
export { ACTION_MEANINGS, ACTIONS, DECISION_RULE_MEANINGS } from '../shared/contracts/policy-actions.ts'
export {
  POLICY_NAMES,
  policyDecide,
  SIGNAL_CODES,
  SYNDROME_CLASSES,
  type Decision,
  type PolicyName,
  type Question
} from '../shared/contracts/policy.ts'

// guest
export {
  accessCompleteGuest,
  guestCreate,
  guestDestroy,
  guestForget,
  guestMemoryRead,
  guestMemoryWrite,
  guestReset,
  taskAccess,
  taskCreate,
  vcpuEnter,
  vcpuInterrupt,
  vcpuStop
} from '../shared/contracts/guest.ts'
export { guestPageOffline, taskMadvise, taskPrctl } from '../shared/contracts/system-calls.ts'

// Notes: what happens within a layer, for its journal alone.
export { NOTES } from '../shared/contracts/notes/registry.ts'
export type { NoteType } from '../shared/contracts/notes/note.ts'
export { errorPlanted, lineRepaired, memoryRemoved, peLivelock, scrubDone } from '../shared/contracts/notes/hardware.ts'
export {
  firmwarePanic,
  notificationFallback,
  recordCoalesced,
  recordHeld,
  recordLost,
  recordPublished
} from '../shared/contracts/notes/firmware.ts'
export { hostAccess, hostPanic, hostPrintk, hostSignal, hostTrace } from '../shared/contracts/notes/host-kernel.ts'
export {
  decisionRefused,
  policyAnswered,
  policyAsked,
  recordDropped,
  recordWaiting,
  recordWritten,
  signalTooLate
} from '../shared/contracts/notes/vmm-errors.ts'
export { vmCreated, vmEnded, vmPaused, vmResetDone, vmResumed } from '../shared/contracts/notes/vmm-life.ts'
export { guestAccess, guestFlow, guestPrintk, guestSignal, guestTrace } from '../shared/contracts/notes/guest.ts'

import type { MessageType } from '../../../shared/contracts/message.ts'
import { vmInjectError, vmMigrate, vmPause, vmReset, vmResume, vmStop } from '../../../shared/contracts/vmm.ts'
import type { QmpObject, QmpValue } from './json-value.ts'
import { cpuPath, properties, property } from './object-tree.ts'
import { QmpError, type QmpErrorClass } from './qmp-error.ts'
import type { Members } from './request.ts'
import { PROFILES } from '../profiles.ts'
import type { QmpVersion } from '../profile.ts'
import type { Vm } from '../state.ts'

/** What one command of QMP does: it looks at its VM, or sends a message as anybody else would who manages the VM. */
export type Command = { readonly takes: Members; readonly isThere?: (vm: Vm) => boolean } & (
  | { readonly reads: (vm: Vm, args: QmpObject) => QmpValue }
  | {
      readonly sends: MessageType
      /** Further fields of the message. */
      readonly with?: (args: QmpObject) => QmpObject
      /** What its answer is to QMP; throws QmpError. Absent: nothing but that it is done. */
      readonly answer?: (answer: unknown) => QmpValue
      /** Whether QEMU answers first and then does it, so that the events come behind the answer. */
      readonly answersFirst: boolean
    }
)

const NOTHING: Members = {}

/**
 * Spec: QEMU 10.2 qapi/run-state.json, machine.json, misc.json, qom.json, migration.json, acpi-hest.json, control.json.
 * Fidelity: approximates. `quit` ends the VM by vm.stop; `migrate` is over when it is answered, and then the VM is too.
 */
const COMMANDS: Readonly<Record<string, Command>> = {
  'query-version': { takes: NOTHING, reads: (vm) => versionOf(vm) },
  'query-commands': { takes: NOTHING, reads: (vm) => namesFor(vm).map((name) => ({ name })) },
  'query-status': { takes: NOTHING, reads: statusOf },
  'query-target': { takes: NOTHING, reads: () => ({ arch: 'aarch64' }) },
  'query-name': { takes: NOTHING, reads: ({ name }) => ({ name }) },
  'query-cpus-fast': { takes: NOTHING, reads: cpusOf },
  'qom-list': { takes: { path: { type: 'string' } }, reads: (vm, { path }) => properties(vm, path as string) },
  'qom-get': {
    takes: { path: { type: 'string' }, property: { type: 'string' } },
    reads: (vm, args) => property(vm, args['path'] as string, args['property'] as string)
  },
  stop: { takes: NOTHING, sends: vmPause, answersFirst: false },
  cont: { takes: NOTHING, sends: vmResume, answersFirst: false },
  system_reset: { takes: NOTHING, sends: vmReset, answersFirst: true },
  quit: { takes: NOTHING, sends: vmStop, answersFirst: true },
  migrate: {
    takes: {
      uri: { type: 'string', optional: true },
      channels: { type: 'array', optional: true },
      detach: { type: 'boolean', optional: true },
      resume: { type: 'boolean', optional: true }
    },
    sends: vmMigrate,
    with: requireDestination,
    answer: migrated,
    answersFirst: true
  },
  'inject-ghes-v2-error': {
    takes: { cper: { type: 'string' } },
    isThere: ({ profile }) => PROFILES[profile].qmpInject,
    sends: vmInjectError,
    with: ({ cper }) => ({ cper: cper ?? null }),
    answer: injected,
    answersFirst: false
  }
}
/** By which a session begins; it is the session's own. */
export const NEGOTIATION = 'qmp_capabilities'

/** The command of this name that the VMM behind a VM has, or undefined. */
export function commandOf(vm: Vm, name: string): Command | undefined {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return command?.isThere?.(vm) === false ? undefined : command
}

const namesFor = (vm: Vm): readonly string[] => [
  ...Object.keys(COMMANDS).filter((name) => commandOf(vm, name) !== undefined),
  NEGOTIATION
]

/** What a VMM says it is; those without a monitor have none. */
export const qmpOf = ({ profile }: Pick<Vm, 'profile'>): QmpVersion | undefined => PROFILES[profile].qmp

export function versionOf(vm: Vm): QmpObject {
  const { major = 0, minor = 0, micro = 0 } = qmpOf(vm) ?? {}
  return { qemu: { micro, minor, major }, package: 'seabus' }
}

function statusOf(vm: Vm): QmpObject {
  const status = runStateOf(vm)
  return { status, running: status === 'running' }
}

/** RunState of QEMU: a guest that has asked for a reset and got none counts as shut down. */
function runStateOf({ run, paused }: Vm): string {
  if (run === 'running') return paused ?? run
  return run === 'guest-panicked' ? run : 'shutdown'
}

function cpusOf({ vcpus }: Vm): readonly QmpObject[] {
  return vcpus.map(({ tid }, vcpu) => ({
    'thread-id': tid,
    props: { 'core-id': vcpu, 'thread-id': 0, 'socket-id': 0, 'cluster-id': 0 },
    'qom-path': cpuPath(vcpu),
    target: 'aarch64',
    'cpu-index': vcpu
  }))
}

function requireDestination({ uri, channels }: QmpObject): QmpObject {
  if (uri === undefined && channels === undefined) {
    throw new QmpError("neither 'uri' or 'channels' argument are specified in 'migrate' qmp command")
  }
  return {}
}

function migrated(answer: unknown): QmpValue {
  const { migrated: done, because } = answer as { readonly migrated: boolean; readonly because: string }
  if (!done) throw new QmpError(because)
  return {}
}

function injected(answer: unknown): QmpValue {
  const { error } = answer as { readonly error?: { readonly class: QmpErrorClass; readonly desc: string } }
  if (error !== undefined) throw new QmpError(error.desc, error.class)
  return {}
}

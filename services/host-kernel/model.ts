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
} from '../../shared/contracts/host-kernel.ts'
import { hostPanic } from '../../shared/contracts/notes/host-kernel.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { hostPageOffline, processMadvise, processPrctl } from '../../shared/contracts/system-calls.ts'
import { dispatch, on, onStart, within } from '../../shared/model/dispatch.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { onApeiNotify } from './apei.ts'
import { boot, rebooted } from './boot.ts'
import { onEinjInject, onEinjTypes } from './einj.ts'
import { onException } from './exceptions.ts'
import { dropStage2, goDown } from './go-down.ts'
import { IOCTLS } from './kvm.ts'
import { interruptVcpus } from './kvm-run.ts'
import { onMemoryChanged, poll, pollTimer } from './poll.ts'
import { onAccessComplete, proceed } from './process-access.ts'
import { onProcessAccess, onProcessCreate, onProcessExit, onProcessRead, onProcessRemap } from './processes.ts'
import { hasSysctl, takesValue } from '../../shared/linux/kernel/sysctl.ts'
import { closeHost, openHost, type Session } from './session.ts'
import { onPageOffline, onProcessMadvise, onProcessPrctl } from './system-calls.ts'
import { newHost, type HostState } from './state.ts'

/** From a kernel that boots, with its processes and VMs, to an error in their memory and what is done about the page. */
const handle = dispatch<HostState, 'host-kernel'>('host-kernel', [
  onStart((host, io) => inSession(host, io, boot)),
  on(hostBoot, (host, options, io) => {
    requirePlatform(host, io)
    const next = rebooted(options, io)
    goDown(host.vms.values(), 'rebooted', io)
    dropStage2(host.vms.values(), io)
    return inSession(next, io, boot)
  }),
  on(platformHalt, halt),
  ...within(inSession, [
    on(sysctlSet, onSysctlSet),
    on(processCreate, onProcessCreate),
    ...IOCTLS,
    on(processAccess, onProcessAccess),
    on(accessCompleteHost, onAccessComplete),
    on(einjInjectHost, onEinjInject),
    on(einjTypesHost, onEinjTypes),
    on(exceptionTakeEl2, onException),
    on(apeiNotify, onApeiNotify),
    on(pollTimer, poll),
    on(memoryChanged, onMemoryChanged),
    on(processRemap, onProcessRemap),
    on(processRead, onProcessRead),
    on(processExit, onProcessExit),
    on(processMadvise, onProcessMadvise),
    on(processPrctl, onProcessPrctl),
    on(hostPageOffline, onPageOffline)
  ])
])

/** The host kernel layer: Linux with its processes, APEI and KVM. The same kernel model as the guest's. */
export const hostKernelModel = procedure<HostState>(
  'host-kernel',
  () => newHost(),
  handle,
  ({ kernel, halted }) => (kernel.panic === undefined ? halted : `Kernel panic: ${kernel.panic}`)
)

/** No PE comes back from EL3: neither this kernel nor what ran on it runs on. */
function halt(host: HostState, { because }: DataOf<typeof platformHalt>, io: Io): HostState {
  if (host.halted !== undefined) return host
  if (host.kernel.panic === undefined) goDown(host.vms.values(), 'platform-halted', io)
  return { ...host, halted: because }
}

function requirePlatform({ halted }: HostState, io: Io): void {
  if (halted !== undefined) io.refuse('machine-panicked', `firmware has stopped the platform: ${halted}`)
}

/** A kernel that has panicked does nothing more, nor one that has no PE to run on. */
function inSession(host: HostState, io: Io, handled: (s: Session) => void): HostState {
  requirePlatform(host, io)
  if (host.kernel.panic !== undefined) io.refuse('kernel-panicked', `Kernel panic: ${host.kernel.panic}`)
  const session = openHost(host, io)
  handled(session)
  for (const tid of session.restarted) proceed(session, tid)
  announcePanic(session)
  interruptVcpus(session)
  return closeHost(session)
}

/** Refuses a sysctl that this kernel does not have, and a value that its handler refuses. */
function onSysctlSet(s: Session, { name, value }: DataOf<typeof sysctlSet>, io: Answering<typeof sysctlSet>): Said {
  if (!hasSysctl(s.k, name)) io.refuse('request-unsupported', `Linux ${s.k.version} as it runs has no ${name}`, '/name')
  if (!takesValue(name, value)) io.refuse('field-invalid', `${name} takes 0 or 1`, '/value')
  s.k.sysctl = { ...s.k.sysctl, [name]: value }
  return io.answer({})
}

/** A panicked host takes every VM with it. */
function announcePanic(s: Session): void {
  if (s.k.panic === undefined || s.host.kernel.panic !== undefined) return
  s.io.note(hostPanic, { text: s.k.panic })
  goDown(s.vms.values(), 'kernel-panicked', s.io)
}

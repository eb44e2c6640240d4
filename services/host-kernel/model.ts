import type { Static } from 'typebox'
import type { Interrupted } from '../../shared/contracts/common.ts'
import type { ApeiNotify, hostBoot, sysctlSet } from '../../shared/contracts/host-kernel.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import type { Input } from '../../shared/model/step.ts'
import { onApeiNotify } from './apei.ts'
import { boot, rebooted } from './boot.ts'
import { onMemoryChanged, poll } from './poll.ts'
import { onException, type Taken } from './exceptions.ts'
import { IOCTLS } from './kvm.ts'
import { endWork, proceed } from './process-access.ts'
import { onProcessAccess, onProcessCreate, onProcessExit, onProcessRead, onProcessRemap } from './processes.ts'
import { closeHost, openHost, type Session } from './session.ts'
import { newHost, type HostState } from './state.ts'

/** The host kernel layer: Linux with its processes, APEI and KVM. The same kernel model as the guest's. */
export const hostKernelModel = procedure<HostState>('host-kernel', () => newHost(), handle)

function handle(state: HostState, input: Input, io: Io): HostState {
  const fresh = input.type === 'host.boot' ? rebooted(input.data as Static<typeof hostBoot.data>, io) : state
  if (fresh.kernel.panic !== undefined) return io.refuse('kernel-panicked', `Kernel panic: ${fresh.kernel.panic}`)
  const session = openHost(fresh, io)
  dispatch(session, input)
  for (const tid of session.restarted) proceed(session, tid)
  announcePanic(session)
  return closeHost(session)
}

function dispatch(s: Session, { type, data }: Input): void {
  const ioctl = IOCTLS[type]
  if (ioctl !== undefined) return ioctl(s, data as never)
  switch (type) {
    case 'machine.start':
    case 'host.boot':
      return boot(s)
    case 'apei.notify':
      return onApeiNotify(s, data as ApeiNotify)
    case 'exception.take':
      return onException(s, data as Taken)
    case 'memory.changed':
      return onMemoryChanged(s, (data as { hostPhysical: bigint }).hostPhysical)
    case 'ghes.poll':
      return poll(s, (data as { source: number }).source)
    case 'process.create':
      return onProcessCreate(s, data as never)
    case 'process.access':
      return onProcessAccess(s, data as never)
    case 'process.remap':
      return onProcessRemap(s, data as never)
    case 'process.read':
      return onProcessRead(s, data as never)
    case 'process.exit':
      return onProcessExit(s, data as never)
    case 'access.complete': {
      const { tid } = data as Interrupted
      if (tid === undefined) return s.io.refuse('field-missing', 'whose access completed?', '/tid')
      endWork(s, tid, 'completed')
      return proceed(s, tid)
    }
    case 'sysctl.set': {
      const { name, value } = data as Static<typeof sysctlSet.data>
      s.k.sysctl = { ...s.k.sysctl, [name]: value }
      return s.io.answer({})
    }
    default:
      return s.io.refuse('event-type-unknown', `the host kernel does not know ${type}`)
  }
}

/** A panicked host takes every VM with it; whoever runs them is told by silence, the journal by this. */
function announcePanic(s: Session): void {
  if (s.k.panic !== undefined && s.host.kernel.panic === undefined) s.io.note('host.panic', { text: s.k.panic })
}

import { Type, type Static } from 'typebox'
import { closed, Pid } from '../contracts/common.ts'
import { Backing, MceKill, SigbusAction } from '../contracts/host-kernel.ts'
import { KernelConfig } from '../contracts/kernel-config.ts'
import { LinuxNumber, Name, Size } from './scalars.ts'
import { said } from './said.ts'
import { FrameRanges } from './schema-machine.ts'

/** What a task of a guest and a process of the host have alike. */
const TASK = {
  pid: Type.Optional(said(Pid, 'process id; default 1200, 1300, … in a guest, 300, 400, … on the host')),
  size: Type.Optional(said(Size, 'of its memory: bytes, or with K, M or G; default one page')),
  backing: Type.Optional(said(Backing, 'what its memory is; default anonymous')),
  dirty: Type.Optional(Type.Boolean({ description: 'false: the pages were never written; default true' })),
  shares: Type.Optional(
    Type.String({ description: 'name of another one whose pages this one maps too; its size and backing are used' })
  ),
  mceKill: Type.Optional(said(MceKill, 'its PR_MCE_KILL policy: whether it is signalled before it consumes the error')),
  sigbus: Type.Optional(said(SigbusAction, 'what it does with SIGBUS; default: it dies of it'))
}
const Task = closed({ name: Name, ...TASK })
export const Process = closed({
  name: Name,
  ...TASK,
  mlocked: Type.Optional(Type.Boolean({ description: 'its memory is locked by mlock(2)' })),
  pinned: Type.Optional(Type.Boolean({ description: 'its pages are pinned for long (FOLL_LONGTERM), as for DMA' })),
  sigbusBlocked: Type.Optional(Type.Boolean({ description: 'its threads have SIGBUS blocked' })),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 512, description: 'how many; default 1' }))
})

/** The kernel of a guest. */
const Guest = said(
  closed({
    linux: Type.Optional(LinuxNumber),
    sei: Type.Optional(Type.Boolean({ description: 'the SEI patch that was never merged' })),
    syncWinner: Type.Optional(
      Type.Enum(['kworker', 'task'], { description: 'who runs memory_failure() first where the guest kernel races' })
    ),
    config: Type.Optional(said(KernelConfig, 'how the guest kernel is built, where otherwise than Debian builds it')),
    frames: Type.Optional(said(FrameRanges, 'what frames of the guest are, before the layout that every kernel has'))
  }),
  'the kernel in it'
)

export const Vm = closed({
  name: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', description: 'default vm0, vm1, …' })),
  profile: Type.Optional(Type.String({ description: 'a VMM profile, e.g. qemu-10.2; default reference' })),
  policy: Type.Optional(Type.String({ description: 'a built-in policy; default morse' })),
  vcpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, description: 'default 1' })),
  memory: Type.Optional(said(Size, 'its RAM: bytes, or with K, M or G; default 64M')),
  backing: Type.Optional(said(Backing, 'what its RAM is to the host; default anonymous')),
  mceKill: Type.Optional(said(MceKill, 'PR_MCE_KILL policy of the VMM; default that of its profile')),
  exposeException: Type.Optional(Type.Boolean({ description: 'the policy also sees the hardware exception' })),
  guest: Type.Optional(Guest),
  tasks: Type.Optional(
    Type.Array(Type.Union([Name, Task]), { minItems: 1, description: 'of its guest; default redis and nginx' })
  )
})

export type VmFile = Static<typeof Vm>
export type TaskFile = Static<typeof Task>
export type ProcessFile = Static<typeof Process>

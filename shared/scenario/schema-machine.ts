import { Type, type Static } from 'typebox'
import { closed, Notification } from '../contracts/common.ts'
import { FirmwareProfile } from '../contracts/firmware.ts'
import { FrameKind, SYSCTLS, sysctlSet } from '../contracts/host-kernel.ts'
import { KernelConfig } from '../contracts/kernel-config.ts'
import { ADDRESS, LinuxNumber } from './scalars.ts'
import { said } from './said.ts'

/** Ranges of physical memory and what they are to the kernel, before its own layout. */
export const FrameRanges = Type.Array(
  closed({ start: said(ADDRESS, 'first address'), end: said(ADDRESS, 'first address behind it'), kind: FrameKind }),
  {
    minItems: 1,
    maxItems: 256
  }
)

/** What each sysctl of the error path does, for whoever sets it. */
const SYSCTL_WORDS: Readonly<Record<(typeof SYSCTLS)[number], string>> = {
  memory_failure_early_kill: '1: processes are signalled before they consume the error; 0: when they do',
  memory_failure_recovery: '0: memory_failure() panics instead of recovering',
  enable_soft_offline: '0: soft_offline_page() refuses',
  panic_on_oops: '1: an oops is a panic',
  panic: 'seconds from a panic to the reboot; 0: none',
  panic_on_unrecoverable_memory_failure:
    '1: memory_failure() panics on a page that it cannot recover; where the kernel has it'
}

const { value: SysctlValue } = sysctlSet.data.properties
export const Sysctls = Type.Object(
  Object.fromEntries(
    SYSCTLS.map((name) => [name, Type.Optional({ ...SysctlValue, description: SYSCTL_WORDS[name] })])
  ) as unknown as {
    [Name in (typeof SYSCTLS)[number]]: ReturnType<typeof Type.Optional<typeof SysctlValue>>
  },
  { additionalProperties: false, minProperties: 1, description: 'of the host kernel, by name' }
)

export const Notify = Type.Object(
  {
    recoverable: Type.Optional(said(Notification, 'of an error that the OS can recover from')),
    corrected: Type.Optional(said(Notification, 'of a corrected error')),
    fatal: Type.Optional(said(Notification, 'of a fatal error'))
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'how firmware notifies the OS, by the severity of the error'
  }
)

/** The host: its kernel, its firmware and its memory. */
export const Machine = closed({
  linux: Type.Optional(LinuxNumber),
  ras: Type.Optional(Type.Boolean({ description: 'FEAT_RAS on the CPUs; default true' })),
  sei: Type.Optional(Type.Boolean({ description: 'the host kernel has the SEI patch that was never merged' })),
  pageSize: Type.Optional(Type.Enum([4096, 65536], { description: 'page size of the host kernel' })),
  syncWinner: Type.Optional(
    Type.Enum(['kworker', 'task'], { description: 'who runs memory_failure() first where the host kernel races' })
  ),
  config: Type.Optional(said(KernelConfig, 'how the host kernel is built, where otherwise than Debian builds it')),
  firmware: Type.Optional(FirmwareProfile),
  routing: Type.Optional(
    Type.Enum(['firmware-first', 'kernel-first'], { description: 'who takes external aborts and SErrors first' })
  ),
  memory: Type.Optional(Type.Array(closed({ start: ADDRESS, end: ADDRESS }), { minItems: 1, description: 'host RAM' })),
  frames: Type.Optional(
    said(
      FrameRanges,
      'what frames of the host are, before the layout that every kernel has (GET /v1/machines/…/frames)'
    )
  ),
  notify: Type.Optional(Notify),
  sysctl: Type.Optional(Sysctls)
})

export type FrameFile = Static<typeof FrameRanges>[number]

import { EINVAL, ENOTSUPP } from '../kernel/errno.ts'
import type { Options } from '../kernel/state.ts'
import { NOTIFY } from '../../formats/hest-notification.ts'

/** How GHES listens to a notification type, or the line with which it refuses a source of that type. */
export type NotificationHandling =
  | { readonly listens: 'timer' | 'irq' | 'hed' | 'sea' | 'sei' | 'sdei' }
  | { readonly refused: (sourceId: number) => string; readonly errno: number }

const unsupported = (how: string) => ({
  refused: (id: number) => `GHES: Generic hardware error source: ${id} notified via ${how} is not supported!`,
  errno: EINVAL
})
/** The only one without an exclamation mark, and with an errno of its own. */
const SEA_UNSUPPORTED = {
  refused: (id: number) => `GHES: Generic hardware error source: ${id} notified via SEA is not supported`,
  errno: ENOTSUPP
}
const SDEI_UNSUPPORTED = unsupported('SDE Interface')

const NOTIFICATIONS: ReadonlyMap<number, NotificationHandling> = new Map<number, NotificationHandling>([
  [NOTIFY.polled, { listens: 'timer' }],
  [NOTIFY.external, { listens: 'irq' }],
  [NOTIFY.local, unsupported('local interrupt')],
  [NOTIFY.SCI, { listens: 'hed' }],
  [NOTIFY.NMI, unsupported('NMI interrupt')],
  [NOTIFY.GPIO, { listens: 'hed' }],
  [NOTIFY.SEA, { listens: 'sea' }],
  [NOTIFY.GSIV, { listens: 'hed' }],
  [NOTIFY.SDEI, { listens: 'sdei' }]
])

/**
 * What GHES on arm64 does with a notification type, as the kernel was built. SEI (9) is as unknown to it as CMCI, MCE and
 * reserved numbers; `sei` is a patch that was never merged.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_probe.
 * Fidelity: exact without `sei`.
 */
export function notificationHandling(
  type: number,
  { sei, apeiSea, sdeInterface }: Pick<Options, 'sei' | 'apeiSea' | 'sdeInterface'>
): NotificationHandling {
  if (sei && type === NOTIFY.SEI) return { listens: 'sei' }
  if (type === NOTIFY.SEA && !apeiSea) return SEA_UNSUPPORTED
  if (type === NOTIFY.SDEI && !sdeInterface) return SDEI_UNSUPPORTED
  return (
    NOTIFICATIONS.get(type) ?? {
      refused: (id) =>
        `[Firmware Warn]: GHES: Unknown notification type: ${type} for generic hardware error source: ${id}`,
      errno: EINVAL
    }
  )
}

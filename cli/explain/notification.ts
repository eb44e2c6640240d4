import { defaultHest } from '../../services/firmware/default-hest.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import { NOTIFICATIONS } from '../../shared/contracts/common.ts'
import { NOTIFY_NAME } from '../../shared/formats/hest-notification.ts'
import { ghesSources } from '../../shared/formats/hest.ts'
import { notificationHandling, type NotificationHandling } from '../../shared/linux/apei/notification-types.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'
import { ruleSays } from './rule.ts'

type Listens = Extract<NotificationHandling, { readonly listens: string }>['listens']

/** As mainline is built on arm64. */
const USUAL = { sei: false, apeiSea: true, sdeInterface: true }
/** The rule by which a kernel comes to look at a source, for each way in which it listens. */
const TAKEN_BY: Readonly<Record<Listens, string>> = {
  timer: 'shared/linux/apei/ghes-poll.ts#ghesPoll',
  irq: 'shared/linux/apei/ghes-irq.ts#ghesIrq',
  hed: 'shared/linux/apei/ghes-notify-hed.ts#notifyHed',
  sea: 'shared/linux/apei/apei-claim-sea.ts#apeiClaimSea',
  sei: 'shared/linux/apei/apei-claim-sea.ts#apeiClaimSei',
  sdei: 'shared/linux/apei/ghes-notify-sdei.ts#notifySdei'
}
const ACKNOWLEDGED_BY = 'shared/linux/apei/ghes-ack-error.ts#ghesAckError'
const CLEARED_BY = 'shared/linux/apei/ghes-clear-estatus.ts#ghesClearEstatus'

/** Ways of a firmware, or a VMM, to tell a kernel of a record: who takes it, when, and who acknowledges. */
export const NOTIFICATIONS_EXPLAINED: Subject = {
  kind: 'notification',
  names: () => [...NOTIFICATIONS, ...NOTIFY_NAME],
  explain(name) {
    const wanted = folded(name)
    return NOTIFICATIONS.flatMap((own, type) => {
      const names = [own, NOTIFY_NAME[type] ?? own, ...(ALSO[own] ?? [])]
      return names.some((one) => folded(one) === wanted) ? [explanationOf(own, type)] : []
    })
  }
}

/** What people call them besides. */
const ALSO: Readonly<Record<string, readonly string[]>> = { GPIO: ['GPIO-signal'], SDEI: ['SDE'], POLLED: ['poll'] }

function explanationOf(name: string, type: number): Explanation {
  const how = notificationHandling(type, USUAL)
  return {
    kind: 'notification',
    name,
    title: `${NOTIFY_NAME[type]}, type ${type} of a hardware error notification (ACPI 6.5, 18.3.2.9)`,
    facts: [...linux(how), ...offeredBy(type, name)],
    data: {
      name,
      acpi: NOTIFY_NAME[type],
      type,
      linux: 'listens' in how ? how : { refused: how.refused(0), errno: how.errno }
    }
  }
}

function linux(how: NotificationHandling): readonly Fact[] {
  if ('refused' in how) {
    return [{ label: 'Linux', says: [`on arm64 refuses such a source at probe, errno ${how.errno}:`, how.refused(0)] }]
  }
  return [
    { label: 'taken by', says: ruleSays(TAKEN_BY[how.listens]) ?? '' },
    { label: 'cleared', says: ruleSays(CLEARED_BY) ?? '' },
    { label: 'ack', says: ruleSays(ACKNOWLEDGED_BY) ?? '' }
  ]
}

/** Who has sources of this kind. */
function offeredBy(type: number, name: string): readonly Fact[] {
  const ids = ghesSources(defaultHest()).flatMap(({ sourceId, notification }) =>
    notification.type === type ? [sourceId] : []
  )
  const vmmsWith = (sei: boolean) =>
    Object.entries(PROFILES).flatMap(([profile, { sources, newMachineTypes }]) =>
      sources({ sei, newMachineType: newMachineTypes }).some(({ notify }) => notify === name) ? [profile] : []
    )
  const [vmms, patched] = [vmmsWith(false), vmmsWith(true)]
  const firmware = ids.length === 0 ? 'no source of a new machine' : `source ${ids.join(' and ')} of a new machine`
  const guests =
    vmms.length > 0
      ? `of ${vmms.join(', ')}`
      : patched.length > 0
        ? `of ${patched.join(', ')}, where their kernel has the SEI patch that was never merged`
        : 'of no VMM profile'
  return [
    { label: 'firmware', says: firmware },
    { label: 'guests', says: guests }
  ]
}

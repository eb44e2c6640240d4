import { ghesSources } from '../../../shared/formats/hest.ts'
import { NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { scenarioText } from '../../../shared/scenario/presets.ts'

/** The source of a new machine that tells the host by an interrupt. */
const SOURCE = 3
/** Notifications by which firmware can tell of an error that nobody has met yet: SEA and SEI need an access. */
const WITHOUT_ACCESS: ReadonlySet<number> = new Set([
  NOTIFY.polled,
  NOTIFY.external,
  NOTIFY.SCI,
  NOTIFY.GPIO,
  NOTIFY.GSIV,
  NOTIFY.SDEI
])
/** RAM that nobody has. */
const FREE_ADDRESS = '0x48001000'

/** A scenario whose last error is the record that was given. */
export function recordScenario(name: string, bytes: Uint8Array): string {
  return scenarioText({
    title: `The record in ${name}`,
    steps: ['touch: redis', `report: { source: ${SOURCE}, bytes: '${bytes.toHex()}' }`, 'wait: 2s', 'touch: redis']
  })
}

/**
 * A scenario in which a machine boots with the table that was given, in the places that firmware here has for it, and is
 * told of a corrected error by the first source in use that firmware can tell it by, if there is one.
 */
export function hestScenario(name: string, bytes: Uint8Array): string {
  const used = ghesSources(bytes).find(
    ({ enabled, errorStatusBlockLength, notification }) =>
      enabled !== 0 && errorStatusBlockLength > 0 && WITHOUT_ACCESS.has(notification.type)
  )
  const told = used && `report: { source: ${used.sourceId}, hostPhysical: '${FREE_ADDRESS}', severity: corrected }`
  const install = `message: { to: firmware, type: hest.install, data: { relocate: true, table: '${bytes.toBase64()}' } }`
  return scenarioText({
    title: `A machine boots with ${name}`,
    // No VM: this is about the host and its firmware.
    setting: ['vms: []'],
    steps: [install, 'reboot: host', ...(told === undefined ? [] : [told, 'wait: 2s'])]
  })
}

import type { Notification, Severity } from '../../shared/contracts/common.ts'
import { notificationFallback } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import { PROFILES, type FirmwareProfileName } from './profiles.ts'
import type { Cause, Choice, ErrorSource, FirmwareState } from './state.ts'

/** Notifications that are exceptions: they need something that was interrupted by them. */
const NEEDS_ACCESS: ReadonlySet<Notification> = new Set(['SEA', 'SEI'])
/** Notification types that firmware of an arm64 machine has a way to send. */
const OFFERED: readonly Notification[] = ['GSIV', 'GPIO', 'SCI', 'EXTERNAL', 'SDEI', 'POLLED', 'SEA', 'SEI']

/** The first enabled source with this notification type. */
function sourceWith(state: FirmwareState, notify: Notification): ErrorSource | undefined {
  return state.sources.find((source) => source.enabled && source.notify === notify)
}

/**
 * The source for an error: the one with the notification type chosen for its severity. Nothing ties the choice to the
 * exception that the hardware raised, but SEA and SEI can only tell of something that was accessed. Where the choice is
 * impossible another source is taken and said so.
 *
 * Spec: docs/story.md S2, S3; ACPI 6.5, 18.3.2.9 (notification types).
 * Fidelity: approximates. Real firmware has a fixed choice for each of its error sources.
 */
export function chooseSource(state: FirmwareState, severity: Severity, cause: Cause, io: Io): ErrorSource | undefined {
  const wanted = state.choice[severity === 'none' ? 'corrected' : severity]
  const possible = (notify: Notification) => cause.kind === 'exception' || !NEEDS_ACCESS.has(notify)
  const chosen = possible(wanted) ? sourceWith(state, wanted) : undefined
  if (chosen !== undefined) return chosen
  const instead = OFFERED.filter(possible)
    .map((notify) => sourceWith(state, notify))
    .find((source) => source !== undefined)
  io.note(notificationFallback, {
    wanted,
    ...(instead === undefined ? {} : { source: instead.sourceId, notify: instead.notify }),
    because: possible(wanted)
      ? `no enabled source notifies by ${wanted}`
      : `nothing was accessed: ${wanted} would describe an exception that nobody took`
  })
  return instead
}

/** Sets the choice. Refuses a type that is not offered, or for which there is no enabled source. */
export function chooseNotification(state: FirmwareState, data: Partial<Choice>, io: Io): FirmwareState {
  for (const [severity, notify] of Object.entries(data)) {
    if (!OFFERED.includes(notify)) {
      io.refuse('request-unsupported', `firmware of an arm64 machine cannot notify by ${notify}`, `/${severity}`)
    }
    if (notify === 'SDEI' && !PROFILES[state.profile].sdei) refuseSdei(state.profile, io, `/${severity}`)
    if (sourceWith(state, notify) === undefined) {
      io.refuse('state-conflict', `the HEST has no enabled source that notifies by ${notify}`, `/${severity}`)
    }
  }
  return { ...state, choice: { ...state.choice, ...data } }
}

/** Another firmware runs at EL3; what it has told and has still to tell stays. Refuses one that cannot do what was chosen. */
export function chooseProfile(state: FirmwareState, profile: FirmwareProfileName, io: Io): FirmwareState {
  if (!PROFILES[profile].sdei && Object.values(state.choice).includes('SDEI')) refuseSdei(profile, io, '/profile')
  return { ...state, profile }
}

function refuseSdei(profile: FirmwareProfileName, io: Io, field: string): never {
  return io.refuse('request-unsupported', `${profile} is built without SDEI`, field)
}

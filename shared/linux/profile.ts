import type { LINUX_VERSIONS } from '../contracts/common.ts'

/** A kernel as users name it: a release, or a series, which is short for one release of it. */
export type Version = (typeof LINUX_VERSIONS)[number]

/** Series of stable kernels; each has one column in the table of knobs. */
export const VERSIONS = ['6.1', '6.12', '7.3'] as const
export type Series = (typeof VERSIONS)[number]

/** The release that a series is short for. */
const RELEASE = { '6.1': '6.1.192', '6.12': '6.12.117', '7.3': '7.3.4' } as const satisfies Record<Series, Version>

/** Every kernel of the model once, oldest first. */
export const RELEASES = ['6.1.192', '6.12.95', '6.12.117', '7.3.4'] as const satisfies readonly Version[]
export type Release = (typeof RELEASES)[number]

const isSeries = (version: Version): version is Series => version in RELEASE

/** The release that a name means. */
export function releaseOf(version: Version): Release {
  return isSeries(version) ? RELEASE[version] : version
}

/** The series of a release: 6.12 of 6.12.95. */
export function seriesOf(version: Version): Series {
  const series = VERSIONS.findLast((one) => version === one || version.startsWith(`${one}.`))
  if (series === undefined) throw new RangeError(`no series of kernels has ${version}`)
  return series
}

/** What a knob is for each series; a release that differs from the one its series is short for has a column of its own. */
type Row = Record<Series, unknown> & Partial<Record<Release, unknown>>

/**
 * What differs between the kernels the model knows: one row a knob.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, and 6.12.95 where it is named; the functions named in each row's users.
 * Fidelity: exact for the knobs listed; other changes between these kernels are not modelled.
 */

const KNOBS = {
  /** Where memory_failure() runs for a synchronous record. */
  syncMfContext: { '6.1': 'race', '6.12': 'race', '7.3': 'task' },
  /** An identical SEA record within 10 s counts as claimed. 6.12 was mended between its releases 95 and 117. */
  dupSeaClaimed: { '6.1': true, '6.12': false, '6.12.95': true, '7.3': false },
  /** What `queued` means over several sections of one record. */
  queuedRule: { '6.1': 'last section', '6.12': 'last section', '7.3': 'or' },
  /** Who refuses a PFN that is not RAM. */
  badPfn: { '6.1': 'ghes', '6.12': 'ghes', '7.3': 'memory_failure' },
  unhandlableType: { '6.1': 'unknown page', '6.12': 'get hwpoison page', '7.3': 'get hwpoison page' },
  /** Slab, reserved and page-table pages have a type of their own. */
  reservedKernelType: { '6.1': false, '6.12': false, '7.3': true },
  repoisonEvent: { '6.1': false, '6.12': true, '7.3': true },
  ksmHandled: { '6.1': false, '6.12': true, '7.3': true },
  thpSplitFailKills: { '6.1': false, '6.12': true, '7.3': true },
  unmapFailResult: { '6.1': 'Ignored', '6.12': 'Failed', '7.3': 'Failed' },
  /** What kills a process whose page could not be unmapped. */
  unmapFailSignal: { '6.1': 'SIGKILL', '6.12': 'SIGBUS', '7.3': 'SIGBUS' },
  /** Name of the count in the line about a page that could not be unmapped. */
  unmapFailCount: { '6.1': 'mapcount', '6.12': 'folio mapcount', '7.3': 'folio mapcount' },
  /** KVM_CAP_ARM_SEA_TO_USER exists. */
  seaToUser: { '6.1': false, '6.12': false, '7.3': true },
  /** Upper half of the guest's ESR_EL1 after ext_dabt injection. */
  extDabtEsrUpper: { '6.1': 0xffffffff_00000000n, '6.12': 0n, '7.3': 0n },
  /** IL of the injected abort: that of the last recorded ESR_EL2, or always 1. */
  extDabtIlAlwaysSet: { '6.1': false, '6.12': false, '7.3': true },
  /** KVM_SET_VCPU_EVENTS changes PC at once instead of at the next KVM_RUN. */
  setEventsCommitsPc: { '6.1': false, '6.12': false, '7.3': true },
  /** An injected abort reports the level of the table walk that failed (S1PTW). */
  abtFollowsS1ptw: { '6.1': false, '6.12': false, '7.3': true },
  /** KVM emulates the entry of an SError that the vCPU does not mask, instead of leaving it to HCR_EL2.VSE. */
  serrorEmulatedWhenUnmasked: { '6.1': false, '6.12': false, '7.3': true },
  /** A guest abort is tested for SEA before its IPA is looked at. */
  guestSeaBeforeIpaChecks: { '6.1': false, '6.12': false, '7.3': true },
  /** A guest access without a syndrome that nobody helps with is a line in the log; later only a tracepoint of KVM. */
  nisvLogged: { '6.1': true, '6.12': false, '7.3': false },
  /** MADV_HWPOISON signals its caller. */
  madvisePoisonSignals: { '6.1': false, '6.12': true, '7.3': true },
  /** Address memory_failure() reports for hugetlb: start of the huge page, or the bad 4K page. */
  hugetlbReportsSubpage: { '6.1': false, '6.12': true, '7.3': true },
  /** DFSC 0x13 and 0x1B are external aborts. */
  levelMinusOneSea: { '6.1': false, '6.12': true, '7.3': true },
  /** Lengths inside an ARM processor section are checked. */
  armSectionBounds: { '6.1': false, '6.12': true, '7.3': true },
  /** Contexts of an ARM section are printed at multiples of 16 (d6a2d02aa060, "Fix cper_arm_ctx_info alignment", 6.14). */
  armContextsAligned: { '6.1': false, '6.12': false, '7.3': true },
  /** A failed memory_failure() of a synchronous record ends in SIGBUS with SI_KERNEL. */
  syncFailureKills: { '6.1': false, '6.12': false, '7.3': true },
  /** The status block of a SEA source is found once, at probe. */
  seaBlockMappedAtProbe: { '6.1': false, '6.12': false, '7.3': true },
  /** arm_event carries severity, cpu and raw data. */
  armEventLong: { '6.1': false, '6.12': true, '7.3': true },
  /** The warning of a wrong table checksum says what is found less what is right, instead of what is right. */
  checksumSubtractedTwice: { '6.1': false, '6.12': true, '7.3': true },
  /** The EINJ driver knows EINJv2: flag 8 is legal, whatever firmware makes of it. */
  einjV2: { '6.1': false, '6.12': false, '7.3': true },
  /** GHES names its device in lines of its own (drivers/acpi/apei/ghes.c, dev_err instead of pr_err). */
  ghesLogsDevice: { '6.1': false, '6.12': true, '7.3': true },
  /** The driver core says "probe with driver ... failed" and names the device first (drivers/base/dd.c). */
  probeFailureNamesDriver: { '6.1': false, '6.12': true, '7.3': true },
  /** Sections of CXL component events go to the CXL driver ("acpi/ghes: Process CXL Component Events", Linux 6.10). */
  cxlComponentEvents: { '6.1': false, '6.12': true, '7.3': true },
  /** So do CXL protocol errors ("acpi/ghes, cxl/pci: Process CXL CPER Protocol Errors", Linux 6.15). */
  cxlProtocolErrors: { '6.1': false, '6.12': false, '7.3': true },
  /** cper_print_pcie() prints all AER registers, of every severity. */
  aerAlwaysPrinted: { '6.1': false, '6.12': true, '7.3': true },
  /** All lines of soft offline begin alike. */
  softOfflinePrefix: { '6.1': false, '6.12': true, '7.3': true },
  /** vm.panic_on_unrecoverable_memory_failure exists. */
  panicOnUnrecoverableSysctl: { '6.1': false, '6.12': false, '7.3': true },
  /** vm.enable_soft_offline exists. */
  softOfflineSysctl: { '6.1': false, '6.12': true, '7.3': true }
} as const satisfies Record<string, Row>

export type Knob = keyof typeof KNOBS
type Setting<K extends Knob> = (typeof KNOBS)[K][keyof (typeof KNOBS)[K]]

export function knob<K extends Knob>(version: Version, name: K): Setting<K> {
  const row: Row = KNOBS[name]
  return (row[releaseOf(version)] ?? row[seriesOf(version)]) as Setting<K>
}

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

/** What a knob is about, and what it is for each series; a release that differs from the one its series is short for has a column of its own. */
type Row = { readonly about: string } & Record<Series, unknown> & Partial<Record<Release, unknown>>

/**
 * What differs between the kernels the model knows: one row a knob.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, and 6.12.95 where it is named; the functions named in each row's users.
 * Fidelity: exact for the knobs listed; other changes between these kernels are not modelled.
 */

const KNOBS = {
  syncMfContext: {
    about: 'Where memory_failure() runs for a synchronous record',
    '6.1': 'race',
    '6.12': 'race',
    '7.3': 'task'
  },
  dupSeaClaimed: {
    about: 'An identical SEA record within 10 s counts as claimed. 6.12 was mended between its releases 95 and 117',
    '6.1': true,
    '6.12': false,
    '6.12.95': true,
    '7.3': false
  },
  queuedRule: {
    about: 'What `queued` means over several sections of one record',
    '6.1': 'last section',
    '6.12': 'last section',
    '7.3': 'or'
  },
  badPfn: {
    about: 'Who refuses a PFN that is not RAM',
    '6.1': 'ghes',
    '6.12': 'ghes',
    '7.3': 'memory_failure'
  },
  unhandlableType: {
    about: 'How the log calls the type of a page that cannot be handled',
    '6.1': 'unknown page',
    '6.12': 'get hwpoison page',
    '7.3': 'get hwpoison page'
  },
  reservedKernelType: {
    about: 'Slab, reserved and page-table pages have a type of their own',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  repoisonEvent: {
    about: 'A report about a page that is poisoned already has a trace event',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  ksmHandled: {
    about: 'Pages that KSM has merged are handled',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  thpSplitFailKills: {
    about: 'A transparent huge page that cannot be split has its users killed',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  unmapFailResult: {
    about: 'The result where a page could not be unmapped',
    '6.1': 'Ignored',
    '6.12': 'Failed',
    '7.3': 'Failed'
  },
  unmapFailSignal: {
    about: 'What kills a process whose page could not be unmapped',
    '6.1': 'SIGKILL',
    '6.12': 'SIGBUS',
    '7.3': 'SIGBUS'
  },
  unmapFailCount: {
    about: 'Name of the count in the line about a page that could not be unmapped',
    '6.1': 'mapcount',
    '6.12': 'folio mapcount',
    '7.3': 'folio mapcount'
  },
  seaToUser: {
    about: 'KVM_CAP_ARM_SEA_TO_USER exists',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  extDabtEsrUpper: {
    about: "Upper half of the guest's ESR_EL1 after ext_dabt injection",
    '6.1': 0xffffffff_00000000n,
    '6.12': 0n,
    '7.3': 0n
  },
  extDabtIlAlwaysSet: {
    about: 'IL of the injected abort is always 1, and not that of the last recorded ESR_EL2',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  setEventsCommitsPc: {
    about: 'KVM_SET_VCPU_EVENTS changes PC at once instead of at the next KVM_RUN',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  abtFollowsS1ptw: {
    about: 'An injected abort reports the level of the table walk that failed (S1PTW)',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  serrorEmulatedWhenUnmasked: {
    about: 'KVM emulates the entry of an SError that the vCPU does not mask, instead of leaving it to HCR_EL2.VSE',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  guestSeaBeforeIpaChecks: {
    about: 'A guest abort is tested for SEA before its IPA is looked at',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  nisvLogged: {
    about:
      'A guest access without a syndrome that nobody helps with is a line in the log; later only a tracepoint of KVM',
    '6.1': true,
    '6.12': false,
    '7.3': false
  },
  madvisePoisonSignals: {
    about: 'MADV_HWPOISON signals its caller',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  hugetlbReportsSubpage: {
    about: 'memory_failure() reports the bad 4K page of hugetlb, and not the start of the huge page',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  levelMinusOneSea: {
    about: 'DFSC 0x13 and 0x1B are external aborts',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  armSectionBounds: {
    about: 'Lengths inside an ARM processor section are checked',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  armContextsAligned: {
    about:
      'Contexts of an ARM section are printed at multiples of 16 (d6a2d02aa060, "Fix cper_arm_ctx_info alignment", 6.14)',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  syncFailureKills: {
    about: 'A failed memory_failure() of a synchronous record ends in SIGBUS with SI_KERNEL',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  seaBlockMappedAtProbe: {
    about: 'The status block of a SEA source is found once, at probe',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  armEventLong: {
    about: 'arm_event carries severity, cpu and raw data',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  checksumSubtractedTwice: {
    about: 'The warning of a wrong table checksum says what is found less what is right, instead of what is right',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  einjV2: {
    about: 'The EINJ driver knows EINJv2: flag 8 is legal, whatever firmware makes of it',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  ghesLogsDevice: {
    about: 'GHES names its device in lines of its own (drivers/acpi/apei/ghes.c, dev_err instead of pr_err)',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  probeFailureNamesDriver: {
    about: 'The driver core says "probe with driver ... failed" and names the device first (drivers/base/dd.c)',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  cxlComponentEvents: {
    about:
      'Sections of CXL component events go to the CXL driver ("acpi/ghes: Process CXL Component Events", Linux 6.10)',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  cxlProtocolErrors: {
    about: 'CXL protocol errors go there too ("acpi/ghes, cxl/pci: Process CXL CPER Protocol Errors", Linux 6.15)',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  aerAlwaysPrinted: {
    about: 'cper_print_pcie() prints all AER registers, of every severity',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  softOfflinePrefix: {
    about: 'All lines of soft offline begin alike',
    '6.1': false,
    '6.12': true,
    '7.3': true
  },
  panicOnUnrecoverableSysctl: {
    about: 'vm.panic_on_unrecoverable_memory_failure exists',
    '6.1': false,
    '6.12': false,
    '7.3': true
  },
  softOfflineSysctl: {
    about: 'vm.enable_soft_offline exists',
    '6.1': false,
    '6.12': true,
    '7.3': true
  }
} as const satisfies Record<string, Row>

export type Knob = keyof typeof KNOBS
type Setting<K extends Knob> = (typeof KNOBS)[K][Exclude<keyof (typeof KNOBS)[K], 'about'>]

export function knob<K extends Knob>(version: Version, name: K): Setting<K> {
  const row: Row = KNOBS[name]
  return (row[releaseOf(version)] ?? row[seriesOf(version)]) as Setting<K>
}

/** What a kernel does where kernels differ. */
export interface KnobSetting {
  readonly knob: Knob
  readonly about: string
  readonly setting: string | boolean | bigint
  /** The kernels that have it otherwise, each with what it has. */
  readonly others: readonly { readonly release: Release; readonly setting: string | boolean | bigint }[]
}

/** All knobs as a kernel has them. */
export function knobsOf(version: Version): readonly KnobSetting[] {
  const own = releaseOf(version)
  return (Object.keys(KNOBS) as Knob[]).map((name) => {
    const setting = knob(own, name)
    const others = RELEASES.filter((release) => release !== own && knob(release, name) !== setting)
    const { about } = KNOBS[name]
    return { knob: name, about, setting, others: others.map((release) => ({ release, setting: knob(release, name) })) }
  })
}

/** The knobs in which a release is other than the one that its series is short for. */
export function differingKnobs(version: Version): readonly Knob[] {
  const usual = releaseOf(seriesOf(version))
  return (Object.keys(KNOBS) as Knob[]).filter((name) => knob(version, name) !== knob(usual, name))
}

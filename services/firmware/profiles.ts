import type { ExceptionTaken } from '../../shared/contracts/common.ts'
import type { FIRMWARE_PROFILES } from '../../shared/contracts/firmware.ts'
import { decodeAbort, SET_VALUE } from '../../shared/formats/esr-abort.ts'
import { AET_VALUE, decodeSError, DFSC_SERROR } from '../../shared/formats/esr-serror.ts'

export type FirmwareProfileName = (typeof FIRMWARE_PROFILES)[number]

/** How a firmware behaves where releases differ; one row of `PROFILES` is one release of TF-A. */
export interface FirmwareProfile {
  readonly summary: string
  /** The error has left every boundary, so that no further step is safe: the platform's fatal handler, which panics. */
  readonly isUncontainable: (taken: ExceptionTaken) => boolean
  /**
   * Where EL3 goes once the platform's handler of a synchronous abort has returned: to the interrupted instruction, unless
   * the platform itself tells the OS by an exception (which EL2 then takes), or into an SEA at the level that
   * target_el_sync_ea() gives, whatever the platform has done.
   */
  readonly afterSea: 'return' | 'inject'
  /** Built with SDEI_SUPPORT. */
  readonly sdei: boolean
}

const FSC_SYNCHRONOUS_EXTERNAL_ABORT = 0x10

/** Both an uncontainable error and an abort that is no table walk's; an SError whose syndrome is not implementation defined. */
function inAssembly({ exception, esr }: ExceptionTaken): boolean {
  if (exception === 'SEA') {
    const { set, fsc } = decodeAbort(esr)
    return set === SET_VALUE.UC && fsc === FSC_SYNCHRONOUS_EXTERNAL_ABORT
  }
  const serror = decodeSError(esr)
  return !serror.ids && serror.dfsc === DFSC_SERROR && serror.aet === AET_VALUE.UC
}

/**
 * One of the two is enough, so that every abort with FSC 0x10 is fatal on a PE with RAS; and the test of IDS masks with the
 * number of the bit, which DFSC 0x11 always passes.
 */
function inC({ exception, esr }: ExceptionTaken): boolean {
  if (exception === 'SEA') {
    const { set, fsc } = decodeAbort(esr)
    return set === SET_VALUE.UC || fsc === FSC_SYNCHRONOUS_EXTERNAL_ABORT
  }
  const serror = decodeSError(esr & ~IDS)
  return !serror.ids && serror.dfsc === DFSC_SERROR && serror.aet === AET_VALUE.UC
}
const IDS = 1n << 24n

/**
 * Spec: TF-A v2.12.0 and lts-v2.12.14, bl31/aarch64/ea_delegate.S, delegate_sync_ea, delegate_async_ea, ea_proceed,
 * handle_lower_el_sync_ea (el3_exit to where it came from).
 * Fidelity: exact; that the platform delegates to EL2 for the notifications SEA and SEI is code outside of TF-A's tree.
 */
const TF_A_2_12: FirmwareProfile = {
  summary: 'TF-A 2.12: an abort is uncontainable with SET UC and FSC 0x10; EL3 returns to the instruction',
  isUncontainable: inAssembly,
  afterSea: 'return',
  sdei: true
}

/**
 * Spec: TF-A v2.14.0 and lts-v2.14.6, bl31/aarch64/ea_delegate.S, the same functions; only what a double fault is
 * recognised by is another field.
 * Fidelity: exact; as of 2.12.
 */
const TF_A_2_14: FirmwareProfile = { ...TF_A_2_12, summary: 'TF-A 2.14: as 2.12' }

/**
 * Spec: TF-A v2.15.0, common/runtime_svc.c, handler_sync_exception, handler_lower_el_async_ea;
 * include/lib/extensions/ras_arch.h (SERROR_IDS_BIT is a number).
 * Fidelity: exact for a PE with FEAT_RAS; as of 2.12 for how a platform delegates.
 */
const TF_A_2_15: FirmwareProfile = {
  ...TF_A_2_12,
  summary: 'TF-A 2.15: SET UC or FSC 0x10 is uncontainable, so that every ordinary SEA is a platform panic',
  isUncontainable: inC
}

/**
 * Spec: TF-A integration branch of 2026-08 (6a164dda7), built without SDEI_SUPPORT: common/runtime_svc.c,
 * handler_sync_exception; bl31/bl31_traps.c, inject_sync_ea64, target_el_sync_ea (commit 0c3709a89, July 2026).
 * Fidelity: exact for a PE with FEAT_RAS and without FEAT_DoubleFault2; with SDEI_SUPPORT it is as 2.15.
 */
const TF_A_2026_08: FirmwareProfile = {
  ...TF_A_2_15,
  summary: 'TF-A after 2.15, without SDEI: an SEA that is not fatal is injected into EL2, or EL1 of a guest',
  afterSea: 'inject',
  sdei: false
}

/** Firmware by name; a new one is a row here. */
export const PROFILES: Readonly<Record<FirmwareProfileName, FirmwareProfile>> = {
  'tf-a-2.12': TF_A_2_12,
  'tf-a-2.14': TF_A_2_14,
  'tf-a-2.15': TF_A_2_15,
  'tf-a-2026-08': TF_A_2026_08
}

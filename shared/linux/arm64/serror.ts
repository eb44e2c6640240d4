import { hex } from '../../formats/hex.ts'
import { serrorClassify } from '../../contracts/notes/kernel-steps-mm.ts'
import { EC, encodeEsr } from '../../formats/esr.ts'
import { AET_VALUE, decodeSError, DFSC_SERROR } from '../../formats/esr-serror.ts'
import { apeiClaimSei } from '../apei/apei-claim-sea.ts'
import { KWORKER, type Context, type Kernel } from '../kernel/state.ts'
import { runMemoryFailureWork } from '../mm/memory-failure-queue.ts'
import { addTaint, panic } from '../kernel/panic.ts'
import { printk, stepEvent } from '../kernel/printk.ts'

/** How Linux judges an SError. */
export type SErrorClass = 'NOT-RAS' | 'SURVIVE' | 'FATAL-TO-CONTEXT' | 'UC'

/** AET values and their class; those that are reserved are as bad as uncontainable. */
const CLASS_OF_AET: Readonly<Record<number, SErrorClass>> = {
  [AET_VALUE.UC]: 'UC',
  [AET_VALUE.UEU]: 'FATAL-TO-CONTEXT',
  [AET_VALUE.UEO]: 'SURVIVE',
  [AET_VALUE.UER]: 'FATAL-TO-CONTEXT',
  [AET_VALUE.CE]: 'SURVIVE'
}

/**
 * arm64_is_ras_serror() and arm64_is_fatal_ras_serror() as one answer. `ras` says whether the CPU has FEAT_RAS. `UC`
 * ends the machine also when a guest took it; `FATAL-TO-CONTEXT` and `NOT-RAS` only when the kernel did.
 *
 * Spec: Linux 6.1.192, arch/arm64/include/asm/traps.h, arm64_is_ras_serror, arm64_ras_serror_get_severity;
 * arch/arm64/kernel/traps.c, arm64_is_fatal_ras_serror.
 * Fidelity: exact.
 */
export function classifySError(esr: bigint, ras: boolean): SErrorClass {
  const serror = decodeSError(esr)
  if (serror.ids || !ras) return 'NOT-RAS'
  if (serror.dfsc !== DFSC_SERROR) return 'UC'
  return CLASS_OF_AET[serror.aet] ?? 'UC'
}

/** DISR_EL1. */
const DISR_IDS = 1n << 24n
const DISR_ISS_WITH_IDS = 0x1ff_ffffn
const DISR_ISS = 0x1e3fn

/**
 * disr_to_esr(): the syndrome of an SError that an ESB deferred, as ESR. IL is 0.
 *
 * Spec: Linux 6.1.192, arch/arm64/include/asm/exception.h, disr_to_esr.
 * Fidelity: exact.
 */
export function disrToEsr(disr: bigint): bigint {
  const mask = (disr & DISR_IDS) !== 0n ? DISR_ISS_WITH_IDS : DISR_ISS
  return encodeEsr({ ec: EC.serror, il: false, iss: Number(disr & mask) })
}

export type SErrorResult = 'ignored' | 'claimed' | 'panic'

/**
 * do_serror(): an SError taken by this kernel, from user or kernel mode alike. There is no signal for it: it is
 * survived without a word or ends the machine. With the option `sei`, APEI is asked first.
 *
 * Spec: Linux 6.1.192, arch/arm64/kernel/traps.c, do_serror, arm64_serror_panic. The option: the series "arm64: handle
 * SError Interrupt by categorization" of 2017, never merged.
 * Fidelity: exact without the option; with it approximates: a record that is claimed lets the kernel survive any class.
 */
export function doSError(k: Kernel, ctx: Context, esr: bigint): SErrorResult {
  const severity = classifySError(esr, k.options.ras)
  stepEvent(k, serrorClassify, { esr, severity })
  if (k.options.sei && apeiClaimSei(k, ctx).claimed) {
    runMemoryFailureWork(k, ctx.cpu, { ...KWORKER, cpu: ctx.cpu })
    return k.panic === undefined ? 'claimed' : 'panic'
  }
  if (k.panic !== undefined) return 'panic'
  if (severity === 'SURVIVE') return 'ignored'
  panicOnSError(k, ctx, esr)
  return 'panic'
}

/**
 * arm64_serror_panic(): the last words about an SError.
 *
 * Spec: Linux 6.1.192, arch/arm64/kernel/traps.c, arm64_serror_panic.
 * Fidelity: omits the registers.
 */
export function panicOnSError(k: Kernel, ctx: Context, esr: bigint): void {
  printk(k, `SError Interrupt on CPU${ctx.cpu}, code ${hex(esr, 16)} -- SError`)
  addTaint(k, 'M')
  panic(k, 'Asynchronous SError Interrupt')
}

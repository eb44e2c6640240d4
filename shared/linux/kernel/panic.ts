import type { Kernel } from './state.ts'
import { printk } from './printk.ts'

/** Taint letters in the order of their bits. */
const TAINT_ORDER = 'PFSRMBUDAWCIOELKXTN'

/**
 * add_taint(): `M` machine check, `D` died, ...
 *
 * Spec: Linux 6.1, kernel/panic.c, add_taint, taint_flags.
 * Fidelity: exact for the letters; a kernel that is not tainted has none.
 */
export function addTaint(k: Kernel, letter: string): void {
  if (k.taint.includes(letter)) return
  k.taint = [...TAINT_ORDER].filter((flag) => flag === letter || k.taint.includes(flag)).join('')
}

/**
 * panic(): the kernel stops; only the first one counts. Callers return after it.
 *
 * Spec: Linux 6.1, kernel/panic.c, panic.
 * Fidelity: omits the register and stack dump, kdump and the notifiers.
 */
export function panic(k: Kernel, text: string): void {
  if (k.panic !== undefined) return
  k.panic = text
  printk(k, `Kernel panic - not syncing: ${text}`)
  if (k.sysctl.panic > 0) printk(k, `Rebooting in ${k.sysctl.panic} seconds..`)
  else if (k.sysctl.panic === 0) printk(k, `---[ end Kernel panic - not syncing: ${text} ]---`)
}

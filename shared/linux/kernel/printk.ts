import type { TObject } from 'typebox'
import type { KernelStep } from '../../contracts/notes/kernel-step.ts'
import type { NoteData } from '../../contracts/notes/note.ts'
import type { Context, Kernel } from './state.ts'

/** One line of the kernel log, without timestamp. */
export function printk(k: Kernel, text: string): void {
  k.platform.event({ type: 'printk', text })
}

/** One trace event in its text form, in the name of the task it happens in. */
export function trace(k: Kernel, ctx: Context, event: string, text: string): void {
  k.platform.event({ type: 'trace', event, text, comm: ctx.comm, pid: ctx.tid ?? 0 })
}

/** A fact for the journal that leaves no line in Linux. */
export function stepEvent<Data extends TObject>(k: Kernel, { name }: KernelStep<Data>, data: NoteData<Data>): void {
  k.platform.event({ type: 'step', name, data })
}

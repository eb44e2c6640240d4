import type { WireEntry } from '../trace/entry.ts'

/** A run, or what happens on a machine, as far as a picture says something of it. */
export interface PicturedRun {
  /** In causal order, each with what readers are told. */
  readonly journal: readonly WireEntry[]
  /** The title of its scenario, or of what it is otherwise. */
  readonly name: string
  readonly policy?: string | undefined
  readonly vmm?: string | undefined
  /** Of the host's kernel. */
  readonly linux?: string | undefined
  /** Those of its guests, where they are others. */
  readonly guestLinux?: string | undefined
  /** Absent where nothing was expected of it. */
  readonly expected?: { readonly met: boolean } | undefined
  /** No service ran it: its time is that of the model alone. */
  readonly hasVirtualTime?: true | undefined
  /** It is not over, or never came to its end. */
  readonly isRunning?: boolean
  readonly hasFailed?: boolean
}

/** The kernels of a run: of host and guest, where they differ. */
export const kernelsText = ({ linux, guestLinux }: Pick<PicturedRun, 'linux' | 'guestLinux'>): string | undefined =>
  guestLinux === undefined ? linux : `${linux ?? '?'} (guest ${guestLinux})`

/** Px; a picture is as high as it needs. */
export const WIDTH = 1240
export const MARGIN = 28

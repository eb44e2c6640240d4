import type { Layer } from '../contracts/layer.ts'
import type { AllowedAddresses } from './allowed-addresses.ts'
import type { HeldBounds } from './held.ts'
import type { PatienceMs } from './patience.ts'
import type { OnChange } from './reachability.ts'
import type { Timers } from './timers.ts'

export interface HttpOptions {
  /** The layer whose messages these are. */
  readonly from: Layer
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  readonly onChange?: OnChange
  /** What the neighbours ask for; nobody else gets it. */
  readonly token?: string | undefined
  /** What a layer accepts, by `contractOf`; by default as the registry of contracts has it. */
  readonly contractOf?: (layer: Layer) => string
  /** Where services may be whose address comes with a message. */
  readonly addresses?: AllowedAddresses
  /** How much may wait for a neighbour. */
  readonly bounds?: HeldBounds | undefined
  /** For how long a neighbour that answers and does not take a message is tried. */
  readonly patience?: PatienceMs | undefined
  /** By what the pauses between attempts by POST are measured; default the process's own time. */
  readonly timers?: Timers
}

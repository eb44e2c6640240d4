import type { Layer } from '../../shared/contracts/layer.ts'
import type { EnginePorts } from '../../shared/engine/ports.ts'
import type { LanePorts } from '../../shared/transport/lane.ts'
import type { Time } from './time.ts'

/** Where a test puts defects of its own between the product and what it runs on; what is absent stays as it is. */
export interface Plant {
  /** Between an engine and its ports. `isStarting` says whether it reads its store back just now. */
  readonly engine?: (
    ports: EnginePorts,
    about: { readonly time: Time; readonly isStarting: () => boolean }
  ) => EnginePorts
  /** Between a lane and the network. */
  readonly attempt?: (attempt: LanePorts['attempt'], layer: Layer) => LanePorts['attempt']
}

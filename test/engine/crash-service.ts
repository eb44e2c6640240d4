import { portsFromEnv } from '../../shared/service/environment.ts'
import { runService } from '../../shared/service/listen.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'
import type { ServicePorts } from '../../shared/service/service.ts'
import { guestService, transportOf, vmmService } from '../service/ping-service.ts'

/** A service of its own in a process of its own, to be killed: `node crash-service.ts vmm|guest`. */
const layer = process.argv[2] === 'guest' ? 'guest' : 'vmm'
const build = layer === 'guest' ? guestService : vmmService
// Its links speak of its own messages, not of those of the registry.
const ownLinks = (ports: ServicePorts) => ({
  ...ports,
  transport: transportOf(layer, urlsFromEnv(process.env), 'link')
})
await runService(layer, () => build(ownLinks(portsFromEnv(layer, process.env))))

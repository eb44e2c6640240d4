import { runService } from '../../shared/service/listen.ts'
import { guestService, vmmService } from '../service/ping-service.ts'

/** A service of its own in a process of its own, to be killed: `node crash-service.ts vmm|guest`. */
if (process.argv[2] === 'guest') await runService('guest', guestService)
else await runService('vmm', vmmService)

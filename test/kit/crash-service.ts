import { runService } from '../../shared/kit/listen.ts'
import { guestService, vmmService } from './ping-service.ts'

/** A service of its own in a process of its own, to be killed: `node crash-service.ts vmm|guest`. */
if (process.argv[2] === 'guest') await runService('guest', guestService)
else await runService('vmm', vmmService)

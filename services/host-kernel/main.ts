import { runService } from '../../shared/service/listen.ts'
import { buildHostKernel } from './app.ts'

await runService('host-kernel', buildHostKernel)

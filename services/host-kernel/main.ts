import { runService } from '../../shared/kit/listen.ts'
import { buildHostKernel } from './app.ts'

await runService('host-kernel', buildHostKernel)

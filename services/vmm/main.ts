import { runService } from '../../shared/service/listen.ts'
import { buildVmm } from './app.ts'

await runService('vmm', buildVmm)

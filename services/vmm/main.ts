import { runService } from '../../shared/kit/listen.ts'
import { buildVmm } from './app.ts'

await runService('vmm', buildVmm)

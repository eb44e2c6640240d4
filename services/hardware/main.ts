import { runService } from '../../shared/kit/listen.ts'
import { buildHardware } from './app.ts'

await runService('hardware', buildHardware)

import { runService } from '../../shared/service/listen.ts'
import { buildHardware } from './app.ts'

await runService('hardware', buildHardware)

import { runService } from '../../shared/service/listen.ts'
import { buildFirmware } from './app.ts'

await runService('firmware', buildFirmware)

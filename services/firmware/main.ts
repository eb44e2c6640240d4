import { runService } from '../../shared/kit/listen.ts'
import { buildFirmware } from './app.ts'

await runService('firmware', buildFirmware)

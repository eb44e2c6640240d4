import { runService } from '../../shared/service/listen.ts'
import { buildGuest } from './app.ts'

await runService('guest', buildGuest)

import { runService } from '../../shared/kit/listen.ts'
import { buildGuest } from './app.ts'

await runService('guest', buildGuest)

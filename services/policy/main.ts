import { runService } from '../../shared/service/listen.ts'
import { buildPolicy } from './app.ts'

await runService('policy', buildPolicy)

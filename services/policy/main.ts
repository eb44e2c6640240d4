import { runService } from '../../shared/kit/listen.ts'
import { buildPolicy } from './app.ts'

await runService('policy', buildPolicy)

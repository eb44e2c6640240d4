import { loggerFromEnv } from '../../shared/kit/environment.ts'
import { runService } from '../../shared/kit/listen.ts'
import { urlsFromEnv } from '../../shared/kit/ports.ts'
import { buildConsole } from './app.ts'
import { machineNames } from './machine-names.ts'

await runService('console', () =>
  buildConsole({
    urls: urlsFromEnv(process.env),
    newMachine: machineNames(),
    logger: loggerFromEnv('console', process.env)
  })
)

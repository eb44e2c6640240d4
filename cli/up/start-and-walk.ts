import { plainLine } from '../../shared/contracts/plain-text.ts'
import { EnvironmentError, tokenFromEnv, type Environment } from '../../shared/service/environment.ts'
import { closeOnSignal, ListenError } from '../../shared/service/listen.ts'
import { urlsFromEnv } from '../../shared/service/ports.ts'
import { fetchWith } from '../../shared/transport/authorization.ts'
import { ending } from './ending.ts'
import { absentPolicy } from './absent-policy.ts'
import { startLayers } from './start-layers.ts'
import { CannotWalk, walk, type Walked } from './stories.ts'
import { terminalLog } from './terminal-log.ts'

/**
 * Starts everything and walks both stories; with `once` leaves then, with 0 when both ended as they must and 1 when not, else
 * serves until a signal. A mistake in the environment, a port that is taken and a layer that is not there are one line and 1.
 */
export async function startAndWalk(once: boolean, env: Environment): Promise<void> {
  try {
    // Who names a level wants the log as a program reads it.
    const log = env['SEABUS_LOG'] === undefined ? terminalLog((text) => console.error(text)) : undefined
    const apps = await startLayers(env, log?.stream)
    const close = async () => void (await Promise.all(apps.map((app) => app.close())))
    closeOnSignal(close)
    const [urls, token] = [urlsFromEnv(env), tokenFromEnv(env)]
    const why = await absentPolicy(env, fetchWith(token))
    if (why !== undefined) console.error(why)
    const story = told(await walk('morse', urls.console, fetchWith(token)))
    const counterExample = told(await walk('sei', urls.console, fetchWith(token)))
    if (once) {
      await close()
      process.exit(story.isAsExpected && counterExample.isAsExpected ? 0 : 1)
    }
    console.log(
      ending({
        urls,
        story: story.sentence,
        counterExample: counterExample.sentence,
        isUsual: urls.console === urlsFromEnv({}).console,
        hasToken: token !== undefined
      })
    )
    log?.begin()
  } catch (error) {
    if (!(error instanceof ListenError || error instanceof EnvironmentError || error instanceof CannotWalk)) throw error
    console.error(plainLine(error.message))
    process.exit(1)
  }
}

/** Prints what came of a story. */
function told(walked: Walked): { readonly sentence: string | undefined; readonly isAsExpected: boolean } {
  if ('untold' in walked) {
    console.error(walked.untold)
    return { sentence: undefined, isAsExpected: false }
  }
  console.log(walked.text)
  return walked
}

import type { FastifyInstance } from 'fastify'
import { offeredVmms } from '../offers.ts'
import type { PageFiles } from '../page.ts'
import { runJournalRoute } from './journal-route.ts'
import { keptRoutes } from './kept-routes.ts'
import { Leftovers } from './leftovers.ts'
import { runRoutes } from './routes.ts'
import { runFormatRoute } from './run-format-route.ts'
import { RunReading } from './run-reading.ts'
import { Runs, type RunsPorts } from './runs.ts'
import { memoryRunFile, Shelf, type RunFile } from './shelf.ts'

export interface RunsOfConsole extends Omit<RunsPorts, 'shelf' | 'leftovers'> {
  /** Where runs are kept; by default in this process. */
  readonly file: RunFile | undefined
  /** So many journals of runs may be read at a time. */
  readonly readers: number
  /** What a run is put into to be taken along. */
  readonly page: PageFiles
}

/** All routes of runs; what is under way ends with the app. */
export function runsOf(app: FastifyInstance, { file = memoryRunFile(), readers, page, ...ports }: RunsOfConsole): void {
  const { layers, fetch, limits } = ports
  const shelf = new Shelf(file, limits.kept)
  const leftovers = new Leftovers({ layers, fetch })
  const runs = new Runs({ ...ports, shelf, leftovers })
  const reading = new RunReading({ shelf, layers, fetch })
  void app.register(async (scope) => {
    runRoutes(scope, runs, () => offeredVmms(layers, fetch))
    keptRoutes(scope, runs, reading)
    runFormatRoute(scope, reading, page)
    runJournalRoute(scope, runs, reading, { layers, fetch, readers })
  })
  app.addHook('preClose', async () => {
    // What a run leaves when it ends is added to the leftovers.
    await runs.close()
    leftovers.close()
  })
  app.addHook('onReady', async () => runs.tidyUp())
}

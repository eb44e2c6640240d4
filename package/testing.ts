import './older-node.ts'

/**
 * `import … from 'seabus/testing'`: a machine or a scenario in a test of node:test, of tap, or of whatever else lets a test
 * say what is to be done after it.
 */
import { connect, type Where } from './connect.ts'
import type { ScenarioSource, Setting } from './given.ts'
import { notAsExpected } from './expect.ts'
import type { Machine } from './machine.ts'
import type { Changes, Run } from './run.ts'
import { start as startSystem } from './start.ts'
import type { Seabus, SystemOptions } from './system.ts'

/** A test, as far as it says what is to be done when it is over: `t` of node:test and of tap, or `{ after }` of node:test. */
export type TestContext =
  { after(close: () => Promise<void>): unknown } | { teardown(close: () => Promise<void>): unknown }

/** On which system, and what is not as it comes with seabus. */
export interface TestOptions extends SystemOptions, Changes {
  /** A system that runs already, over HTTP; by default one in this process, under virtual time. */
  readonly at?: Where
}

/**
 * A machine for a test, by default with one VM in which redis and nginx run. It is gone when the test is over, and nothing
 * that belongs to it goes on.
 */
export async function start(t: TestContext, options: TestOptions & Setting = {}): Promise<Machine> {
  const { at, layers, machine, vms, processes, ...changes } = options
  const seabus = await systemFor(t, { at, layers })
  return seabus.machine({ ...(machine && { machine }), ...(vms && { vms }), ...(processes && { processes }) }, changes)
}

/**
 * Runs a scenario and rejects with an AssertionError unless it ends as its file expects, whatever is changed about it. A
 * scenario that expects nothing is not as expected.
 */
export async function runScenario(t: TestContext, source: ScenarioSource, options: TestOptions = {}): Promise<Run> {
  const { at, layers, ...changes } = options
  const seabus = await systemFor(t, { at, layers })
  const run = await seabus.run(source, changes)
  if (!run.asExpected) throw notAsExpected(run.failures, run.expected, run.journal)
  return run
}

type Chosen = { readonly [Name in 'at' | 'layers']: TestOptions[Name] | undefined }

async function systemFor(t: TestContext, { at, layers }: Chosen): Promise<Seabus> {
  if (at !== undefined && layers !== undefined) {
    throw new RangeError('layers of a system that runs already cannot be changed from here: leave out `at` or `layers`')
  }
  const seabus = at === undefined ? await startSystem(layers && { layers }) : await connect(at)
  const stop = () => seabus.stop()
  if ('after' in t) t.after(stop)
  else t.teardown(stop)
  return seabus
}

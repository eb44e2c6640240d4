import './older-node.ts'

/**
 * `import … from 'seabus'`: systems of all layers, whose parts may be your own.
 */
export { start, runScenario } from './start.ts'
export { serve } from './serve.ts'
export { connect, type ConnectOptions, type Where } from './connect.ts'
export type { LayerChoice, LayerChoices, Seabus, ServedSeabus, ServeOptions, SystemOptions } from './system.ts'
export { on, type AnsweringLayerIo, type Handled, type LayerHandler, type LayerIo } from './layer-handlers.ts'
export type { Asked, PolicyChoice, PolicyFunction } from './policy.ts'
export type { Machine, Poison, Touch } from './machine.ts'
export type { Changes, Run } from './run.ts'
export { ScenarioMistakes, type Scenario, type ScenarioSource, type Setting, type Step } from './given.ts'
export { entriesOf, type EntryType, type TypedEntry } from './entries.ts'
export { shippedScenarios } from './shipped.ts'
export type { WireEntry as Entry } from '../shared/trace/entry.ts'
export type { Outcome } from '../shared/trace/outcome.ts'
export type { Verdict } from '../shared/trace/verdict.ts'
export type { Expectation } from '../shared/scenario/schema-expect.ts'
export type { Failure } from '../shared/scenario/check-expectation.ts'
export type { FileError } from '../shared/scenario/read-scenario.ts'

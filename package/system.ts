import type { Layer, ModelledLayer } from '../shared/contracts/layer.ts'
import type { ScenarioSource, Setting } from './given.ts'
import type { LayerHandler } from './layer-handlers.ts'
import type { Machine } from './machine.ts'
import type { PolicyChoice } from './policy.ts'
import type { Changes, Run } from './run.ts'

/** Who is in a layer's place: a service at this address; or functions, made by `on`, for some of its messages. */
export type LayerChoice = string | URL | readonly LayerHandler[]
export type LayerChoices = Readonly<Partial<Record<ModelledLayer, LayerChoice>>>

/** What is not as it comes with seabus. */
export interface SystemOptions {
  /** Who decides for every VM, unless a run says otherwise. Without it, whoever the scenario or its VMM has. */
  readonly policy?: PolicyChoice
  /** Layers some of whose messages functions handle. One that is elsewhere needs a system that is served: `serve`. */
  readonly layers?: Readonly<Partial<Record<ModelledLayer, readonly LayerHandler[]>>>
}

/** A system of all layers: in this process, served by it, or running elsewhere. */
export interface Seabus {
  /** Runs a scenario on a machine of its own. Rejects with ScenarioMistakes, or with what a layer refused. */
  run(scenario: ScenarioSource, changes?: Changes): Promise<Run>
  /** Makes a machine, by default with one VM in which redis and nginx run, to which things then happen step by step. */
  machine(setting?: Setting, changes?: Changes): Promise<Machine>
  /** Ends it: machines that it made are deleted, whatever it listens on is closed. Once more does nothing. */
  stop(): Promise<void>
}

export interface ServeOptions {
  /** Who decides for every VM, unless a run says otherwise. */
  readonly policy?: PolicyChoice
  /** Layers that are elsewhere, by address, or some of whose messages functions handle. */
  readonly layers?: LayerChoices
  /**
   * Port of the console; the other services have the ones behind it, in the order of the README: what is elsewhere can be
   * told where its neighbours will be. By default all take free ports.
   */
  readonly port?: number
  /** QMP monitors of the VMs: a directory for a Unix socket each, or a first TCP port of 127.0.0.1; by default none. */
  readonly qmp?: { readonly directory?: string; readonly port?: number }
}

/** A system whose services listen on 127.0.0.1, in this process. */
export interface ServedSeabus extends Seabus {
  /** Where each service is. The console's address shows the page. */
  readonly urls: Readonly<Record<Layer, string>>
}

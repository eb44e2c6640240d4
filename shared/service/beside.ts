import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import type { Journal } from '../engine/journal.ts'
import type { QmpPlaces } from './qmp-places.ts'

/** What a service shows to something of its layer that serves others than HTTP does. */
export interface Inside {
  readonly engine: Pick<Engine, 'machines' | 'has' | 'state' | 'parse' | 'accept'>
  readonly journal: Pick<Journal, 'last' | 'next' | 'onMore'>
  /** What a state of the engine is to its layer. */
  readonly view: (state: unknown) => unknown
  /** Ms since 1970 at nanosecond 0 of the service. */
  readonly epochMs: number
  /** Tells whoever runs the service. */
  readonly warn: (text: string) => void
  readonly qmp: QmpPlaces | undefined
}

/** It begins once the engine has, and ends before. */
export interface Beside {
  start(): Promise<void>
  close(): void
  /** Says over HTTP where it is. */
  routes(app: FastifyInstance): void
}

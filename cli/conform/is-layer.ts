import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { NotALayer } from './check.ts'
import { shown, type Got, type Scene } from './scene.ts'

const NOWHERE = '/conform/no-such-route'

/**
 * Throws NotALayer when nothing is there that could be checked: no route of the contract is served, or every request is
 * answered alike.
 */
export async function isLayer(layer: ModelledLayer, scene: Scene): Promise<void> {
  const nowhere = await scene.request('POST', NOWHERE, '{}')
  if (nowhere.status < 400) {
    throw new NotALayer(`it is no ${layer}: a path that no contract has is answered ${shown(nowhere)}`)
  }
  const messages = ACCEPTS[layer].filter(({ example }) => example !== undefined)
  const answers: Got[] = []
  for (const message of messages) answers.push(await scene.sendJson(message, { ...message.example, conform: 1 }))
  if (answers.every(({ status, type }) => NOT_OFFERED.has(status) && !isProblem(type))) {
    throw new NotALayer(`it is no ${layer}: it serves none of ${messages.map(pathOf).join(', ')}`)
  }
  if (answers.every(({ status }) => status === nowhere.status)) {
    throw new NotALayer(`it is no ${layer}: it answers everything alike, ${shown(nowhere)}`)
  }
}

const pathOf = ({ method, path }: MessageType) => `${method} ${path}`
const isProblem = (type: string) => type.startsWith('application/problem+json')

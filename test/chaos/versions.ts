import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import WebSocket from 'ws'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { portsFromEnv } from '../../shared/service/environment.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import type { Fleet } from './fleet.ts'
import type { Found } from './found.ts'

const OLD = join(import.meta.dirname, '../fixtures/data/0.1.0')

/** Data of an older version, and a neighbour with another contract: each has to be refused, and to be told why. */
export async function mixVersions(fleet: Fleet, data: string, found: Found): Promise<void> {
  const old = mkdtempSync(`${data}-old-`)
  cpSync(OLD, old, { recursive: true })
  for (const layer of MODELLED_LAYERS) {
    const refusal = refusalOf(() => portsFromEnv(layer, { SEABUS_DATA: old, SEABUS_LOG: 'silent' }))
    if (!refusal.includes('seabus 0.1.0')) found.wrongs.push(`unnoticed: data of 0.1.0 for ${layer}: ${refusal}`)
    const answer = await strangerTo(fleet.urls[layer], helloHeaders({ from: 'vmm', to: layer, contract: 'another' }))
    if (!answer.includes('another contract')) found.wrongs.push(`unnoticed: another contract of ${layer}: ${answer}`)
    for (const name of ['data of version 0.1.0', 'a neighbour with another contract']) {
      found.faults.set(name, (found.faults.get(name) ?? 0) + 1)
    }
  }
  rmSync(old, { recursive: true })
}

function refusalOf(open: () => unknown): string {
  try {
    open()
    return 'it is opened'
  } catch (error) {
    return (error as Error).message
  }
}

/** What a service answers to the handshake of a link. */
function strangerTo(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers })
    socket.on('error', reject)
    socket.on('open', () => {
      socket.terminate()
      resolve('the link is open')
    })
    socket.on('unexpected-response', (_, response) => {
      let text = `${response.statusCode} `
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve(text))
    })
  })
}

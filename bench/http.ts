import fastify from 'fastify'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { Pool } from 'undici'
import { errorInject } from '../shared/contracts/hardware.ts'
import { taskAccess, taskCreate } from '../shared/contracts/guest.ts'
import { vmCreate } from '../shared/contracts/vmm.ts'
import { services } from '../test/support/services.ts'
import type { System } from '../shared/machine-room/system.ts'
import type { WireEntry } from '../shared/trace/entry.ts'
import { median } from './story.ts'

const PAYLOAD = 'x'.repeat(400)
const SERVICES = 7

interface Hop {
  readonly left: number
  readonly payload: string
}

/** Microseconds of a chain of plain services, each of which hands the body on and answers when the next has. */
export async function bareChain(hops: number, runs = 60): Promise<number> {
  const urls: string[] = []
  const pools: Pool[] = []
  const apps = Array.from({ length: SERVICES }, (_, index) => {
    const app = fastify({ forceCloseConnections: true })
    app.post<{ Body: Hop }>('/hop', async ({ body: { left, payload } }) => {
      if (left > 0) await handOn(pools[(index + 1) % SERVICES], { left: left - 1, payload })
      return { ok: true }
    })
    return app
  })
  for (const app of apps) urls.push(await app.listen({ port: 0 }))
  pools.push(...urls.map((url) => new Pool(url, { connections: 64 })))
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const begun = performance.now()
    await handOn(pools[0], { left: hops - 1, payload: PAYLOAD })
    times.push((performance.now() - begun) * 1000)
  }
  await Promise.all(pools.map((pool) => pool.close()))
  await Promise.all(apps.map((app) => app.close()))
  return median(times)
}

async function handOn(pool: Pool | undefined, hop: Hop): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await pool?.request({ method: 'POST', path: '/hop', headers, body: JSON.stringify(hop) })
  await response?.body.dump()
}

/**
 * Microseconds of a story over HTTP, all services in this process, one after the other: from the touch until the guest's
 * journal says that the task is dead.
 */
export async function storyOverHttp(over: 'links' | 'posts', runs = 60): Promise<number> {
  const closing: (() => Promise<unknown>)[] = []
  const { system, urls } = await services({ teardown: (close) => closing.push(close) }, { machines: [], over })
  const ends = endsOfAccesses(urls.guest)
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const machine = `bench-${run}`
    await setUp(system, machine)
    await ends.next()
    const begun = performance.now()
    await story(system, machine)
    await ends.next()
    times.push((performance.now() - begun) * 1000)
  }
  await ends.return()
  for (const close of closing) await close()
  return median(times)
}

/** One value for each access of a task that has come to its end. */
async function* endsOfAccesses(guestUrl: string): AsyncGenerator<undefined, void, undefined> {
  const { body } = await fetch(`${guestUrl}/v1/journal?follow=true`)
  if (body === null) throw new Error('the guest sent no journal')
  for await (const line of createInterface({ input: Readable.fromWeb(body) })) {
    if ((JSON.parse(line) as WireEntry).type === 'guest.access') yield undefined
  }
}

const access = { vm: 'vm0', pid: 1200, guestVirtual: 0xffff_9000_0018n, access: 'load' } as const

async function setUp(system: System, machine: string): Promise<void> {
  await system.createMachine(machine)
  await system.tell(machine, vmCreate, { vm: 'vm0', policy: 'morse' })
  await system.settle()
  const mappings = [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
  await system.ask(machine, taskCreate, { vm: 'vm0', pid: 1200, comm: 'redis', mappings })
  await system.tell(machine, taskAccess, access)
}

async function story(system: System, machine: string): Promise<void> {
  const error = {
    kind: 'memory',
    hostPhysical: 0x7c00_1000n,
    signalled: 'SError',
    containment: 'UER',
    severity: 'recoverable'
  } as const
  await system.tell(machine, errorInject, error)
  await system.tell(machine, taskAccess, access)
}

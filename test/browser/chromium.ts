import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { guarded, type Guarded } from '../support/guarded.ts'
import { onPath } from './on-path.ts'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']

/** Nothing but what is told to it: no sandbox for root in a container, no requests of its own. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-breakpad',
  '--remote-debugging-port=0'
]

export interface Chromium {
  readonly browser: Browser
  /** Ends it and removes its profile. */
  readonly close: () => Promise<void>
}

/** The Chromium of this machine by its path, or undefined where there is none. */
export const chromiumPath = (): string | undefined => PROGRAMS.flatMap((name) => onPath(name) ?? [])[0]

/** Starts a Chromium with an empty profile. It ends with this process, even where that is killed. */
export async function startChromium(path: string): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'seabus-chromium-'))
  const running = guarded(path, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'])
  const end = async () => {
    await running.kill()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const browser = await chromium.connectOverCDP(await addressOf(running))
    return {
      browser,
      async close() {
        await browser.close()
        await end()
      }
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Where it listens to who drives it: it says so on standard error. */
function addressOf({ stdout, stderr, ended }: Guarded): Promise<string> {
  stdout.resume()
  return new Promise((resolve, reject) => {
    let said = ''
    stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part
      const [, address] = /DevTools listening on (ws:\/\/\S+)\s/.exec(said) ?? []
      if (address !== undefined) resolve(address)
    })
    void ended.then((code) => reject(new Error(`Chromium ended with ${code}: ${said}`)))
  })
}

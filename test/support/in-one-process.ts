import { readdirSync } from 'node:fs'

const IS_TEST = /\.test\.ts$/

/**
 * Runs the test files of a folder in this process, one after the other: what they import is read and compiled once for
 * all of them, which takes longer than most of them do. For files that change nothing outside of what they make
 * themselves. `here` is a file of the folder.
 */
export async function inOneProcess(here: string): Promise<void> {
  const folder = new URL('.', here)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => IS_TEST.test(name))
  for (const name of names.sort()) await import(new URL(name, folder).href)
}

import { inOneProcess } from '../support/in-one-process.ts'

await inOneProcess(import.meta.url)

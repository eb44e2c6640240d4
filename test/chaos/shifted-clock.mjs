/**
 * Loaded into a service before all else: its wall clock is so many milliseconds away from the machine's, as after somebody
 * has set it (`NODE_OPTIONS=--import=…?by=MS`). It says which process it is, so that the process can be stopped and killed.
 */
const by = Number(new URL(import.meta.url).searchParams.get('by'))
const wall = Date.now
Date.now = () => wall() + by
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + by })
console.log(`process ${process.pid}`)

/**
 * Loaded into a program before all else (`NODE_OPTIONS=--import=…`): its monotonic clock, by which our services go, stands
 * still. So no deadline of it passes and no timer of its kernels fires however busy the machine is, as under the virtual
 * clock of the tests in one process.
 */
const now = performance.now()
performance.now = () => now

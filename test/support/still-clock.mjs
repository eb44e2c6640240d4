/**
 * Loaded into a program before all else (`NODE_OPTIONS=--import=…?at=MS`): the two clocks by which our services go stand
 * still, at the same moment in every program that a test starts. So no deadline passes and no timer of a kernel fires however
 * busy the machine is, and what nothing else orders is ordered as under the virtual clock of the tests in one process.
 */
const at = Number(new URL(import.meta.url).searchParams.get('at'))
Date.now = () => at
performance.now = () => at - performance.timeOrigin

import {
  guestPageOffline,
  hostPageOffline,
  processMadvise,
  processPrctl,
  taskMadvise,
  taskPrctl
} from '../system-calls.ts'
import { caption } from './message-caption.ts'

/** System calls of processes of the host and tasks of a guest. */
export const SYSTEM_CALL_CAPTIONS = [
  caption(processMadvise, {
    level: 'story',
    lanes: { to: 'process' },
    says: ({ pid, tid, hostVirtual, length, advice }) =>
      `thread ${pid}/${tid ?? pid} calls madvise(${hostVirtual}, ${length}, ${advice})`
  }),
  caption(processPrctl, {
    level: 'story',
    lanes: { to: 'process' },
    says: ({ pid, tid, option, arg2, arg3 }) =>
      `thread ${pid}/${tid ?? pid} calls prctl(${option}, ${arg2 ?? 0}, ${arg3 ?? 0})`
  }),
  caption(hostPageOffline, { level: 'story', says: ({ file, value }) => `${value} is written to ${file}` }),
  caption(taskMadvise, {
    level: 'story',
    says: ({ pid, guestVirtual, length, advice }) => `task ${pid} calls madvise(${guestVirtual}, ${length}, ${advice})`
  }),
  caption(taskPrctl, {
    level: 'story',
    says: ({ pid, option, arg2, arg3 }) => `task ${pid} calls prctl(${option}, ${arg2 ?? 0}, ${arg3 ?? 0})`
  }),
  caption(guestPageOffline, { level: 'story', says: ({ file, value }) => `${value} is written to ${file}` })
]

import { maybe, one, type Family } from './family.ts'
import type { ServiceSources } from './sources.ts'

/** What is kept. */
export const KEPT_FAMILIES: readonly Family<ServiceSources>[] = [
  {
    name: 'seabus_machines',
    type: 'gauge',
    help: 'Machines',
    labels: [],
    read: ({ machines }) => one(machines.count)
  },
  {
    name: 'seabus_machines_stopped',
    type: 'gauge',
    help: 'Machines that a defect of the model has stopped',
    labels: [],
    read: ({ machines }) => one(machines.stopped)
  },
  {
    name: 'seabus_machines_full',
    type: 'gauge',
    help: 'Machines that take nothing from outside any more, since their state is over SEABUS_MAX_STATE',
    labels: [],
    read: ({ machines }) => one(machines.full)
  },
  {
    name: 'seabus_journal_entries_total',
    type: 'counter',
    help: 'Position of the newest entry of the journal',
    labels: [],
    read: ({ journal }) => one(journal.last)
  },
  {
    name: 'seabus_journal_kept_entries',
    type: 'gauge',
    help: 'Entries that can still be read',
    labels: [],
    read: ({ journal }) => one(journal.size)
  },
  {
    name: 'seabus_journal_kept_bytes',
    type: 'gauge',
    help: 'About how many bytes of memory those take',
    labels: [],
    read: ({ journal }) => one(journal.bytes)
  },
  {
    name: 'seabus_store_well',
    type: 'gauge',
    help: '1 while everything that is taken in can be kept',
    labels: [],
    read: ({ store }) => one(store.isWell ? 1 : 0)
  },
  {
    name: 'seabus_store_rows',
    type: 'gauge',
    help: 'Rows of the data file; absent where nothing is kept',
    labels: [],
    read: ({ store }) => maybe(store.rows)
  },
  {
    name: 'seabus_store_bytes',
    type: 'gauge',
    help: 'Bytes of the data file and its log; absent where nothing is kept',
    labels: [],
    read: ({ store }) => maybe(store.bytes)
  },
  {
    name: 'seabus_restart_seconds',
    type: 'gauge',
    help: 'How long it took to bring back what was kept when the service started',
    labels: [],
    read: ({ restartSeconds }) => maybe(restartSeconds)
  }
]

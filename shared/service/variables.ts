import { LAYERS, URL_VARIABLE } from '../contracts/layer.ts'

/** The variables that every service reads. Each `*_URL` says which implementation serves a layer. */
export const VARIABLES: Readonly<Record<string, string>> = {
  SEABUS_HOST: 'address to listen on, default 127.0.0.1',
  SEABUS_TOKEN:
    'all but /health asks for it, as "authorization: Bearer …", and neighbours are shown it; needed off the loopback',
  SEABUS_TRUST_NETWORK: 'yes: listen off the loopback without a token, since the network is the boundary',
  SEABUS_ALLOWED_HOSTS: 'further names by which a service may be called, with commas; those of *_URL are allowed',
  SEABUS_PORT: 'port to listen on, default that of the layer',
  SEABUS_PORT_BASE: 'where the ports of all layers begin, default 7000',
  SEABUS_DATA: 'directory to keep accepted messages in; without it nothing survives a restart',
  SEABUS_DATA_BYTES: 'the most that the data file of a service may take; by default as much as there is room',
  SEABUS_SYNC: 'full: a message is accepted once the disk has it, so that a loss of power loses none; default normal',
  SEABUS_MACHINES: 'machines that exist from the start, default m0',
  SEABUS_LOG: 'log level of pino: silent, fatal, error, warn, info, debug; default warn',
  SEABUS_EPOCH: 'wall time of nanosecond 0 in ms since 1970, default when the service first started',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'OTLP collector that spans are sent to, such as http://127.0.0.1:4318; default none',
  SEABUS_LINK: 'off: always POST to neighbours; default on, a WebSocket where the neighbour offers one',
  SEABUS_POLICY_ALLOW: 'where policies may be that are given by URL, default loopback,own-network (docs/links.md)',
  SEABUS_RETENTION: 'journal entries that are kept, default 100000',
  SEABUS_RETENTION_BYTES: 'bytes that those may take, about, default 67108864',
  SEABUS_RETENTION_AGE: 'seconds for which they are kept, default 604800 (a week)',
  SEABUS_MAX_RUNS: 'scenarios that the console runs at a time, default 8',
  SEABUS_RUN_SECONDS: 'how long one of them may take beyond what its steps wait, default 120',
  SEABUS_KEPT_RUNS: 'runs that the console keeps, default 2000; the oldest give way',
  SEABUS_KEPT_RUN_BYTES: 'bytes that those may take, default 67108864',
  SEABUS_MAX_CONNECTIONS: 'connections at a time, default 1000 (this and the following: docs/limits.md)',
  SEABUS_MAX_LINKS: 'links of other layers at a time, default 64',
  SEABUS_MAX_READERS: 'readers of the journal at a time, default 256',
  SEABUS_MAX_MACHINES: 'machines of a service, default 10000',
  SEABUS_MAX_STATE: 'bytes that the state of one machine may take, default 33554432',
  SEABUS_RATE: 'requests a second of one address, default 3000; 0 for any number',
  SEABUS_REQUEST_SECONDS: 'how long a request may take to arrive, default 30',
  SEABUS_MAX_DELAY: 'ms that a turn of the event loop may take, default 2000; 0 for no limit',
  SEABUS_MAX_HEAP: 'percent of the heap that may be in use, default 90; 0 for no limit',
  SEABUS_BACKLOG_BYTES: 'bytes of messages that may wait for one neighbour, about, default 33554432',
  SEABUS_MACHINE_BACKLOG_BYTES: 'those of one machine, default 4194304',
  SEABUS_PATIENCE_BUSY:
    'seconds until a message to a neighbour that answers 429, 502, 503 or 504 is a dead letter, default 600',
  SEABUS_PATIENCE_FAILING: 'the same for one that answers another 5xx, default 30; 0 here and there: never',
  SEABUS_PATIENCE_ABSENT: 'the same for one that has no such machine, default 60',
  SEABUS_QMP:
    'QMP for VMs: a directory for Unix sockets, a first TCP port, or both with a comma (docs/qmp.md); default none',
  SEABUS_VMM_PROFILE: 'profile of VMs that are made without one, default reference',
  ...Object.fromEntries(LAYERS.map((layer) => [URL_VARIABLE[layer], `where ${layer} is served`]))
}

/** The variables and what each does, a line each, for the help of a program. */
export function variablesHelp(): string {
  const width = Math.max(...Object.keys(VARIABLES).map((name) => name.length))
  return Object.entries(VARIABLES)
    .map(([name, says]) => `  ${name.padEnd(width)}  ${says}`)
    .join('\n')
}

import { CPER_RECORD, QEMU_MEMORY_BLOCK } from '../../formats/worked-examples.ts'
import { ACCESS, type BadInput } from './bad-input.ts'

const cut = (bytes: Uint8Array, length: number) => bytes.slice(0, length)
const changed = (bytes: Uint8Array, at: number, value: number) => bytes.with(at, value)

/** What the firmware refuses. */
export const FIRMWARE: readonly BadInput[] = [
  ['no byte', 'POST /error-records?source=1', new Uint8Array(), 'record-malformed /bytes', /the body is empty/],
  [
    'a block cut in its header',
    'POST /error-records?source=1',
    cut(QEMU_MEMORY_BLOCK, 19),
    'record-malformed /bytes',
    /byte 0: .*header takes 20 bytes, found 19/
  ],
  [
    'a block cut in its entries',
    'POST /error-records?source=1',
    cut(QEMU_MEMORY_BLOCK, 171),
    'record-malformed /bytes',
    /byte 20: Data Length: .*152 bytes, found 151/
  ],
  [
    'a length that lies',
    'POST /error-records?source=1',
    changed(QEMU_MEMORY_BLOCK, 44, 0x51),
    'record-malformed /bytes',
    /byte \d+: .*verbatim=true/
  ],
  [
    'a block without a status',
    'POST /error-records?source=1',
    changed(QEMU_MEMORY_BLOCK, 0, 0),
    'record-malformed /bytes',
    /byte 0: .*Block Status of 0/
  ],
  [
    'raw data before the entries',
    'POST /error-records?source=1',
    new Uint8Array(172).fill(255),
    'record-malformed /bytes',
    /byte 4: raw data/
  ],
  [
    'a CPER record cut in its header',
    'POST /error-records?source=1',
    cut(CPER_RECORD, 127),
    'record-malformed /bytes',
    /byte 0: .*128 bytes, found 127/
  ],
  [
    'a CPER record cut in its section',
    'POST /error-records?source=1',
    cut(CPER_RECORD, 279),
    'record-malformed /bytes',
    /Record Length: .*280 bytes, found 279/
  ],
  [
    'a record that no block holds',
    'POST /error-records?source=1&verbatim=true',
    new Uint8Array(4000),
    'record-too-long /bytes',
    /4000 bytes do not fit the 3072/
  ],
  [
    'an unknown source',
    'POST /error-records?source=9',
    QEMU_MEMORY_BLOCK,
    'source-unknown /source',
    /no error source 9 .*0, 1, 2, 3/
  ],
  ['no source', 'POST /error-records', QEMU_MEMORY_BLOCK, 'field-missing /source', /source is missing/],
  [
    'a misspelt parameter',
    'POST /error-records?sorce=1',
    QEMU_MEMORY_BLOCK,
    'field-unknown /sorce',
    /did you mean source\?/
  ],
  [
    'a source that is no number',
    'POST /error-records?source=first',
    QEMU_MEMORY_BLOCK,
    'field-invalid /source',
    /integer/
  ],
  ['a source of 17 bits', 'POST /error-records?source=65536', QEMU_MEMORY_BLOCK, 'field-invalid /source', /65535/],
  ['broken base64', 'POST /error-records', { source: 1, bytes: 'AA' }, 'field-invalid /bytes', /base64/],
  ['two error types at once', 'POST /einj', { type: 24 }, 'request-unsupported /type', /exactly one/],
  ['an error type nobody has', 'POST /einj', { type: 2 ** 31 }, 'not-modelled /type', /not modelled/],
  ['an address that is not said', 'POST /einj', { type: 16, flags: 2 }, 'field-missing /param1', /param1/],
  [
    'an unknown notification',
    'PUT /notification',
    { recoverable: 'gsiv' },
    'field-invalid /recoverable',
    /one of POLLED/
  ],
  [
    'a notification arm64 lacks',
    'PUT /notification',
    { recoverable: 'NMI' },
    'request-unsupported /recoverable',
    /NMI/
  ],
  ['half a table', 'PUT /hest', new Uint8Array(10), 'table-malformed /table', /byte 0: .*40 bytes, found 10/],
  ['a table of another kind', 'PUT /hest', new Uint8Array(40), 'table-malformed /table', /signature is HEST/],
  [
    "memory that is not firmware's",
    'GET /memory/0x48001000?length=8',
    undefined,
    'address-outside-memory /hostPhysical',
    /0x3f000000/
  ],
  [
    'memory across its end',
    'GET /memory/0x3f0ffffc?length=8',
    undefined,
    'address-outside-memory /hostPhysical',
    /0x3f0ffffc/
  ],
  ['no length', 'GET /memory/0x3f002000', undefined, 'field-missing /length', /length is missing/],
  [
    "a write to memory that is not firmware's",
    'PUT /memory/0x1',
    { bytes: 'AAAA' },
    'address-outside-memory /hostPhysical',
    /0x1/
  ],
  [
    'a status block of an unknown source',
    'GET /error-sources/9/status-block',
    undefined,
    'source-unknown',
    /error-sources\/9/
  ],
  [
    'an exception of another level',
    'POST /exceptions',
    { exception: 'SError', el: 2, esr: '0x0', interrupted: ACCESS },
    'field-invalid /el',
    /EL3/
  ]
]

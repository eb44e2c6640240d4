import { ACCESS, type BadInput } from './bad-input.ts'

const ERROR = {
  kind: 'memory',
  hostPhysical: '0x48001000',
  signalled: 'SError',
  containment: 'UER',
  severity: 'recoverable'
}
const MAP = { guestPhysical: '0x40001000', hostPhysical: '0x48001000', length: '0x1000' }

/** What the hardware refuses. */
export const HARDWARE: readonly BadInput[] = [
  [
    'an address outside of memory',
    'POST /errors',
    { ...ERROR, hostPhysical: '0x1000' },
    'address-outside-memory /hostPhysical',
    /0x1000 is not RAM/
  ],
  [
    'an unknown kind of error',
    'POST /errors',
    { ...ERROR, kind: 'memry' },
    'field-invalid /kind',
    /one of memory, cache/
  ],
  [
    'a notification for an exception',
    'POST /errors',
    { ...ERROR, signalled: 'SEI' },
    'field-invalid /signalled',
    /one of SEA, SError, interrupt/
  ],
  [
    'an error that cannot be',
    'POST /errors',
    { ...ERROR, containment: 'CE' },
    'error-impossible /severity',
    /corrected/
  ],
  [
    'a number for an address',
    'POST /errors',
    { ...ERROR, hostPhysical: 4096 },
    'field-invalid /hostPhysical',
    /hex string/
  ],
  [
    'an address of 65 bits',
    'POST /errors',
    { ...ERROR, hostPhysical: '0x10000000000000000' },
    'field-invalid /hostPhysical',
    /64-bit/
  ],
  [
    'a misspelt field',
    'POST /errors',
    { ...ERROR, hostPhysicl: '0x1' },
    'field-unknown /hostPhysicl',
    /did you mean hostPhysical\?/
  ],
  [
    'a missing field',
    'POST /errors',
    { ...ERROR, severity: undefined },
    'field-missing /severity',
    /severity is missing/
  ],
  ['a vCPU number out of range', 'POST /accesses', { ...ACCESS, vcpu: 512 }, 'field-invalid /vcpu', /<= 511/],
  ['an access of nobody', 'POST /accesses', { ...ACCESS, vm: undefined }, 'field-missing /vcpu', /vm and vcpu/],
  [
    'half a page in stage 2',
    'POST /vms/vm0/stage2/maps',
    { ...MAP, length: '0x800' },
    'range-invalid /length',
    /4 KiB/
  ],
  [
    'another VM than the path says',
    'POST /vms/vm0/stage2/maps',
    { ...MAP, vm: 'vm1' },
    'field-invalid /vm',
    /path says that vm is vm0/
  ],
  ['a VM name that cannot be', 'POST /vms/VM0/stage2/maps', MAP, 'field-invalid /vm', /pattern/],
  [
    'RAM that ends before it starts',
    'PUT /memory',
    { ranges: [{ start: '0x8000', end: '0x4000' }] },
    'range-invalid /ranges/0',
    /behind its start/
  ],
  ['no RAM at all', 'PUT /memory', { ranges: [] }, 'field-invalid /ranges', /fewer than 1/],
  [
    'a syndrome of an SError for an SEA',
    'POST /errors',
    { ...ERROR, signalled: 'SEA', iss: '0x11' },
    'error-impossible /iss',
    /that of an SError/
  ],
  [
    'an ISS of 26 bits',
    'POST /errors',
    { ...ERROR, signalled: 'SError', iss: '0x2000000' },
    'error-impossible /iss',
    /25 bits/
  ],
  [
    'an uncorrected error told of as a corrected one',
    'POST /errors',
    { ...ERROR, reportsCorrected: true },
    'error-impossible /reportsCorrected',
    /only a corrected error/
  ],
  [
    'a misspelt field further in',
    'PUT /memory',
    { ranges: [{ start: '0x0', edn: '0x1000' }] },
    'field-unknown /ranges/0/edn',
    /did you mean end/
  ],
  [
    'a scrub where no memory is',
    'POST /scrubs',
    { start: '0x0', end: '0x1000' },
    'address-outside-memory /start',
    /RAM/
  ],
  [
    'a repair where no memory is',
    'POST /repairs',
    { hostPhysical: '0x1' },
    'address-outside-memory /hostPhysical',
    /0x1 is not RAM/
  ],
  [
    'text for a truth value',
    'PUT /routing',
    { scrEl3Ea: 'yes', hcrEl2Tea: true, hcrEl2Amo: true },
    'field-invalid /scrEl3Ea',
    /boolean/
  ],
  ['a page that is no address', 'GET /pages/here', undefined, 'field-invalid /address', /64-bit/]
]

import { promisify } from 'node:util'
import t from 'tap'
import { ALLOWED_BY_DEFAULT, AllowedAddresses, type AddressPorts } from '../../shared/transport/allowed-addresses.ts'

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['::1', '127.0.0.1'],
  vmm: ['172.18.0.4'],
  'my-policy': ['172.18.0.9'],
  'metadata.example': ['169.254.169.254'],
  'rebinds.example': ['203.0.113.9', '127.0.0.1'],
  'far.example': ['203.0.113.9']
}

/** As in a container of a network of its own. */
const ports = (change: Partial<AddressPorts> = {}): AddressPorts => ({
  resolve: async (name) => (NAMES[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  networks: () => ['127.0.0.1/8', '::1/128', '172.18.0.5/16', '10.1.2.3/24'],
  nowMs: () => 0,
  ...change
})
const allowed = (rules = ALLOWED_BY_DEFAULT, change: Partial<AddressPorts> = {}) =>
  new AllowedAddresses(rules, () => ['http://vmm:7004', 'http://policy:7005'], ports(change))

void t.test('by default a policy is on the loopback or on the network of the services', async (t) => {
  const addresses = allowed()

  for (const url of [
    'http://127.0.0.1:8005',
    'http://127.9.9.9',
    'http://[::1]:8005/deep',
    'http://[::ffff:127.0.0.1]',
    'http://localhost:1',
    'https://my-policy:8000',
    'http://172.18.200.1'
  ]) {
    t.equal(await addresses.refusal(url), undefined, url)
  }
  for (const url of [
    'http://203.0.113.9',
    'http://far.example',
    'http://10.1.2.3',
    'http://[2001:db8::1]',
    'http://metadata.example/latest/meta-data'
  ]) {
    t.match(await addresses.refusal(url), /is not among what SEABUS_POLICY_ALLOW allows/, url)
  }
})

void t.test('what can be no service is refused however it is written, whatever the list says', async (t) => {
  const addresses = allowed('169.254.0.0/16,0.0.0.0/0,::/0,metadata.example')

  for (const url of [
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:169.254.169.254]',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0/',
    'http://0.0.0.0:7001',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/'
  ]) {
    t.match(addresses.badUrl(url), /is no address of a service/, url)
  }
  t.match(await addresses.refusal('http://metadata.example'), /is not among/)
  t.match(addresses.badUrl('http://user@127.0.0.1'), /user name/)
  t.match(addresses.badUrl('http://:pw@127.0.0.1'), /user name/)
  t.match(addresses.badUrl('ftp://127.0.0.1'), /scheme/)
  t.match(addresses.badUrl('http://'), /no URL/)
})

void t.test('a list of networks and names replaces the default', async (t) => {
  const addresses = allowed('203.0.113.0/24, my-policy,2001:db8::/32')

  for (const url of ['http://203.0.113.9', 'http://far.example', 'http://my-policy', 'http://[2001:db8::9]']) {
    t.equal(await addresses.refusal(url), undefined, url)
  }
  for (const url of ['http://127.0.0.1', 'http://vmm:7004']) t.type(await addresses.refusal(url), 'string', url)
  t.type(await allowed('none').refusal('http://127.0.0.1'), 'string')
})

void t.test('a list that cannot be read is refused', (t) => {
  for (const rules of ['', 'loopback,', '10.0.0.0/33', '300.1.1.1', 'none,loopback', 'http://a', '1.2.3']) {
    t.throws(() => allowed(rules), RangeError, rules)
  }
  t.end()
})

void t.test('a name that leads nowhere yet may be given', async (t) => {
  t.equal(await allowed().refusal('http://not-up-yet:8000'), undefined)
})

void t.test(
  'a connection is made to what was looked at: of a name that leads here and there only the allowed',
  async (t) => {
    const lookup = promisify(allowed().lookup)

    t.strictSame(await lookup('rebinds.example', { all: true }), [{ address: '127.0.0.1', family: 4 }])
    t.equal(await lookup('rebinds.example', {}), '127.0.0.1')
    await t.rejects(lookup('far.example', {}), { code: 'ADDRESS_REFUSED' })
    await t.rejects(lookup('nowhere.example', {}), { code: 'ENOTFOUND' })
  }
)

void t.test('a name is looked up anew for each connection', async (t) => {
  let leads = '127.0.0.1'
  const lookup = promisify(allowed('loopback', { resolve: async () => [{ address: leads, family: 4 }] }).lookup)

  t.equal(await lookup('rebinds.example', {}), '127.0.0.1')
  leads = '203.0.113.9'
  await t.rejects(lookup('rebinds.example', {}), { code: 'ADDRESS_REFUSED' })
})

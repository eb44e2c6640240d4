import type { MessageType } from '../../contracts/message.ts'

/** Types that do not say what is done to which thing by being read backwards. */
const OTHERS: Readonly<Record<string, string>> = {
  'einj.inject': 'injectByEinj',
  'einj.types': 'getEinjTypes',
  'vm.policy': 'setVmPolicy',
  'vm.inject-error': 'injectErrorIntoVm',
  'host.down': 'tellHostDown',
  'memory.changed': 'tellMemoryChanged',
  'apei.notify': 'notifyOs',
  'exception.tell': 'tellException',
  'firmware.profile': 'setFirmwareProfile',
  'policy.decide': 'answerPolicyQuestion',
  'vcpu.esb': 'executeEsb',
  'fw-cfg.write': 'writeFwCfg',
  'kvm.exit': 'returnFromKvmRun'
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** Words with anything between them as one, each but the first with a capital: `boot-errors` is `bootErrors`. */
export function camel(text: string): string {
  const words = text.split(/[^a-z0-9]+/i).filter((word) => word !== '')
  return words.map((word, i) => (i === 0 ? word : capital(word))).join('')
}

/** The same with a capital in front, as types are named. */
export const pascal = (text: string): string => capital(camel(text))

/**
 * The name of a message's operation: what is done, to what. `error.inject` is `injectError`; an ioctl of KVM keeps its own
 * name, `kvm.create-vm` is `kvmCreateVm`.
 */
export function operationIdOf({ type }: Pick<MessageType, 'type'>): string {
  const other = OTHERS[type]
  if (other !== undefined) return other
  const [thing = '', ...done] = type.split('.')
  return thing === 'kvm' ? camel(type) : camel(`${done.join('-')}-${thing}`)
}

/** The name of the schema of a message's reply, where that has none of its own. */
export const replyName = (message: Pick<MessageType, 'type'>): string => `${pascal(operationIdOf(message))}Reply`

/**
 * One request that makes no sense: what is wrong with it, method and path below the machine, body, code of the problem
 * and the field it blames, and what its detail says.
 */
export type BadInput = readonly [name: string, request: string, body: unknown, problem: string, detail: RegExp]

/** An access of a vCPU that makes sense. */
export const ACCESS = {
  vm: 'vm0',
  vcpu: 0,
  el: 0,
  pc: '0x400c10',
  pstate: '0x0',
  access: 'load',
  virtual: '0xffff90000018',
  physical: '0x40001018'
}
